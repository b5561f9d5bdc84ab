import { describe, expect, test } from "vitest";
import { ActionList } from "../../src/dashboard/state/action-rows.ts";
import { actionView, event, NOW } from "./sample-agents.ts";

const queued = { id: "2", action: "agent_pause", actor: "user", urgency: 0 };
const processed = { id: "2", action: "agent_pause", error: null, waited_ms: 0, took_ms: 0 };

describe("list of actions", () => {
  test("has an action once, from a read or an event, the newest first", () => {
    const actions = new ActionList();
    actions.read([actionView("1", { created_at: NOW })]);
    expect(actions.apply(event("action.queued", "a", queued))).toBe(true);
    expect(actions.apply(event("action.queued", "a", queued))).toBe(false);
    expect(actions.list("all").map(({ id }) => id)).toEqual(["2", "1"]);
  });

  test("moves an action from the waiting to the ended ones", () => {
    const actions = new ActionList();
    actions.apply(event("action.queued", "a", queued));
    expect(actions.list("waiting")).toHaveLength(1);
    expect(
      actions.apply(event("action.processed", "a", { ...processed, outcome: "rejected" })),
    ).toBe(true);
    expect(
      actions.apply(event("action.processed", "a", { ...processed, outcome: "rejected" })),
    ).toBe(false);
    expect(actions.list("waiting")).toEqual([]);
    expect(actions.list("failed")).toHaveLength(1);
    expect(actions.list("done")).toEqual([]);
  });

  test("forgets the oldest if there are too many", () => {
    const actions = new ActionList();
    const views = Array.from({ length: 6_000 }, (_, n) => actionView(`${n}`, { created_at: n }));
    actions.read(views);
    expect(actions.list("all")).toHaveLength(5_000);
    expect(actions.list("all").at(-1)?.created_at).toBe(1_000);
  });
});
