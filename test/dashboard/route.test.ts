import { expect, test } from "vitest";
import { hashOf, parseRoute, type Route } from "../../src/dashboard/state/route.ts";

test("a page's address leads back to it", () => {
  const routes: readonly Route[] = [
    { page: "agents" },
    { page: "timeline" },
    { page: "queue" },
    { page: "create" },
    { page: "agent", id: "a:b@c" },
  ];
  for (const route of routes) expect(parseRoute(hashOf(route))).toEqual(route);
});

test("an address that leads nowhere is the list's", () => {
  for (const hash of ["", "#", "#/", "#/nowhere", "#/agents/", "#/agents/%E0%A4%A"]) {
    expect(parseRoute(hash)).toEqual({ page: "agents" });
  }
});
