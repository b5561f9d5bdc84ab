import { describe, expect, test } from "vitest";
import { targetsOf } from "../../src/dashboard/state/key-targets.ts";

const selected = ["agent1", "agent2"];

describe("keys that act on agents", () => {
  test("act on the agent of the page, not on the selection of the list", () => {
    const place = { route: { page: "agent", id: "agent3" }, selected, active: "agent4" } as const;
    expect(targetsOf(place)).toEqual(["agent3"]);
  });

  test("act on the selected agents in the list, or else on the marked one", () => {
    const route = { page: "agents" } as const;
    expect(targetsOf({ route, selected, active: "agent4" })).toEqual(selected);
    expect(targetsOf({ route, selected: [], active: "agent4" })).toEqual(["agent4"]);
    expect(targetsOf({ route, selected: [], active: null })).toEqual([]);
  });

  test.for(["queue", "create"] as const)("act on no agent on the page %s", (page) => {
    expect(targetsOf({ route: { page }, selected, active: "agent4" })).toEqual([]);
  });
});
