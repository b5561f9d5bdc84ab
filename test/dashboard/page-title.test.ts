import { describe, expect, test } from "vitest";
import { titleOf } from "../../src/dashboard/state/page-title.ts";
import { parseRoute } from "../../src/dashboard/state/route.ts";

const fine = { causes: 0, staleReason: null };

describe("the title of the tab", () => {
  test.each([
    ["#/", "Troupe"],
    ["#/agents/agent1", "agent1 · Troupe"],
    ["#/agents/agent1/errors", "agent1 · Errors · Troupe"],
    ["#/timeline", "Timeline · Troupe"],
    ["#/queue", "Queue · Troupe"],
    ["#/trouble", "Needs you · Troupe"],
    ["#/create", "Create agent · Troupe"],
    ["#/nowhere", "No such page · Troupe"],
  ])("of %s names the page", (hash, title) => {
    expect(titleOf(parseRoute(hash), fine)).toBe(title);
  });

  test("counts the causes, but not those of a page that is old", () => {
    const route = parseRoute("#/queue");
    expect(titleOf(route, { causes: 2, staleReason: null })).toBe("(2) Queue · Troupe");
    expect(titleOf(route, { causes: 2, staleReason: "lost" })).toBe(
      "Not connected · Queue · Troupe",
    );
    expect(titleOf(route, { causes: 0, staleReason: "refused" })).toBe(
      "Signed out · Queue · Troupe",
    );
  });
});
