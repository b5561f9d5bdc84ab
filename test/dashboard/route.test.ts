import { expect, test } from "vitest";
import { hashOf, parseRoute, type Route } from "../../src/dashboard/state/route.ts";

test("a page's address leads back to it", () => {
  const routes: readonly Route[] = [
    { page: "agents" },
    { page: "timeline" },
    { page: "queue" },
    { page: "create" },
    { page: "agent", id: "a:b@c" },
    { page: "agent", id: "a:b@c", tab: "context" },
    { page: "agent", id: "a/errors", tab: "errors" },
    { page: "agent", id: "errors" },
    { page: "agent", id: "100%/?#", tab: "figures" },
  ];
  for (const route of routes) expect(parseRoute(hashOf(route))).toEqual(route);
});

test("only the name of a tab is a tab; what else follows is a part of the id", () => {
  expect(parseRoute("#/agents/a/details")).toEqual({ page: "agent", id: "a", tab: "details" });
  expect(parseRoute("#/agents/a/transcript")).toEqual({ page: "agent", id: "a" });
  expect(parseRoute("#/agents/a/b")).toEqual({ page: "agent", id: "a/b" });
  expect(parseRoute("#/agents/errors")).toEqual({ page: "agent", id: "errors" });
  expect(parseRoute("#/agents/a%2Ferrors")).toEqual({ page: "agent", id: "a/errors" });
});

test("an address without a page is the list's, and one that no page has is kept", () => {
  for (const hash of ["", "#", "#/", "#/agents", "#/agents/"]) {
    expect(parseRoute(hash)).toEqual({ page: "agents" });
  }
  for (const hash of ["#/nowhere", "#nowhere", "#/nowhere/a", "#//", "#/agents/%E0%A4%A"]) {
    const route = parseRoute(hash);
    expect(route).toEqual({ page: "unknown", address: hash.slice(1) });
    expect(hashOf(route)).toBe(hash);
  }
});
