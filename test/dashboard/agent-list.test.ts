import { describe, expect, test } from "vitest";
import {
  selectAgents,
  sortedBy,
  toggledStatus,
  toRows,
} from "../../src/dashboard/state/agent-rows.ts";
import { FleetPicture } from "../../src/picture/fleet-picture.ts";
import { type ListQuery, listQueryDefault } from "../../src/picture/list-query.ts";
import { causesOf } from "../../src/picture/trouble-causes.ts";
import { liveFigures } from "../support/sample-rows.ts";
import { agentView, NOW } from "./sample-agents.ts";

const fleet = new FleetPicture();
fleet.read(
  [
    agentView("agent10", { current_subject: "dogs", result: "a dog walks in", iteration: 4 }),
    agentView("agent2", { status: "paused", iteration: 9, live: liveFigures() }),
    agentView("agent1", {
      status: "error",
      agent_type: "crawler",
      last_error: { code: "AGENT_STEP_FAILED", message: "no such page" },
    }),
  ],
  NOW,
);

function ids(changes: Partial<ListQuery>): readonly string[] {
  const query = { ...listQueryDefault, ...changes };
  return selectAgents(fleet.agents, query, NOW).map(({ id }) => id);
}

describe("list of agents", () => {
  test("is sorted by id as people count", () => {
    expect(ids({})).toEqual(["agent1", "agent2", "agent10"]);
  });

  test("finds every word of the search in id, type, subject, result and error", () => {
    expect(ids({ search: "WALKS dogs" })).toEqual(["agent10"]);
    expect(ids({ search: "step_failed page" })).toEqual(["agent1"]);
    expect(ids({ search: "crawler cats" })).toEqual(["agent1"]);
    expect(ids({ search: "crawler dogs" })).toEqual([]);
  });

  test("lets statuses and a type through", () => {
    expect(ids({ statuses: new Set(["paused", "error"]) })).toEqual(["agent1", "agent2"]);
    expect(ids({ type: "joke" })).toEqual(["agent2", "agent10"]);
    expect(ids({ trouble: "unresponsive" })).toEqual([]);
    expect(ids({ trouble: "error" })).toEqual(["agent1"]);
  });

  test("lets the agents of one cause through", () => {
    const [cause] = causesOf(fleet.agents, undefined, NOW);
    expect(cause?.message).toBe("no such page");
    expect(ids({ cause: cause?.id ?? "" })).toEqual(["agent1"]);
    expect(ids({ cause: "00000000" })).toEqual([]);
  });

  test("sorts by a column, large numbers first and ties by id", () => {
    const bySteps = sortedBy(listQueryDefault, "iteration");
    expect(ids(bySteps)).toEqual(["agent2", "agent10", "agent1"]);
    expect(ids(sortedBy(bySteps, "iteration"))).toEqual(["agent1", "agent10", "agent2"]);
    expect(ids({ sort: "memory", isDescending: true })).toEqual(["agent2", "agent1", "agent10"]);
    expect(ids({ sort: "status" })).toEqual(["agent1", "agent2", "agent10"]);
  });

  test("groups by status, agents that need a person first", () => {
    const rows = toRows(selectAgents(fleet.agents, listQueryDefault, NOW), true);
    expect(
      rows.map((row) => (row.kind === "group" ? `${row.status} ${row.count}` : row.id)),
    ).toEqual(["error 1", "agent1", "paused 1", "agent2", "running 1", "agent10"]);
  });

  test("a status is toggled", () => {
    const once = toggledStatus(listQueryDefault, "error");
    expect([...once.statuses]).toEqual(["error"]);
    expect([...toggledStatus(once, "error").statuses]).toEqual([]);
  });
});
