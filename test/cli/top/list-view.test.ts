import { expect, test } from "vitest";
import {
  clampSelection,
  type Filter,
  listAgents,
  move,
  wholeList,
} from "../../../src/cli/top/list-view.ts";
import type { AgentPicture } from "../../../src/picture/agent-picture.ts";
import { FleetPicture } from "../../../src/picture/fleet-picture.ts";
import { agentView, liveFigures } from "./agent-views.ts";

const now = 1_700_000_000_000;

function agentsOf(...views: readonly ReturnType<typeof agentView>[]): readonly AgentPicture[] {
  const fleet = new FleetPicture();
  fleet.read(views, now);
  return fleet.agents;
}

const agents = agentsOf(
  agentView("agent10", { status: "paused", iteration: 5, current_subject: "Dogs" }),
  agentView("agent9", { status: "running", iteration: 7, live: liveFigures() }),
  agentView("agent2", { status: "error", iteration: 7, result: "a joke about dogs" }),
  agentView("agent1", { status: "stopped", iteration: 1, current_subject: null }),
);

function ids(view: Partial<typeof wholeList>): readonly string[] {
  return listAgents(agents, { ...wholeList, ...view }, now).map(({ id }) => id);
}

test("agents are sorted by number in their ids, by trouble, or by figures from high to low", () => {
  expect(ids({})).toEqual(["agent1", "agent2", "agent9", "agent10"]);
  expect(ids({ isReversed: true })).toEqual(["agent10", "agent9", "agent2", "agent1"]);
  expect(ids({ sort: "status" })).toEqual(["agent2", "agent10", "agent9", "agent1"]);
  expect(ids({ sort: "iteration" })).toEqual(["agent2", "agent9", "agent10", "agent1"]);
  expect(ids({ sort: "memory" })[0]).toBe("agent9");
});

test("filters and search leave the rest out", () => {
  expect(ids({ filter: "alive" })).toEqual(["agent9", "agent10"]);
  expect(ids({ filter: "error" })).toEqual(["agent2"]);
  expect(ids({ filter: "stopped" })).toEqual(["agent1"]);
  expect(ids({ search: "DOGS" })).toEqual(["agent2", "agent10"]);
  expect(ids({ search: "dogs", filter: "paused" })).toEqual(["agent10"]);
  expect(ids({ search: "nothing" })).toEqual([]);
});

test("the selection follows its agent, and goes to the next one when it is gone", () => {
  const list = listAgents(agents, wholeList, now);
  const selected = clampSelection({ ...wholeList, selectedId: "agent9" }, list, 10);
  expect(selected.selectedIndex).toBe(2);
  const reversed = listAgents(agents, { ...wholeList, isReversed: true }, now);
  expect(clampSelection(selected, reversed, 10)).toMatchObject({
    selectedIndex: 1,
    selectedId: "agent9",
  });
  const without = list.filter(({ id }) => id !== "agent9");
  expect(clampSelection(selected, without, 10)).toMatchObject({
    selectedIndex: 2,
    selectedId: "agent10",
  });
  expect(clampSelection(selected, [], 10)).toMatchObject({
    selectedIndex: 0,
    selectedId: undefined,
  });
});

test("the screen scrolls no further than the selection needs", () => {
  const many = agentsOf(...Array.from({ length: 1_000 }, (_, n) => agentView(`a${n}`)));
  const list = listAgents(many, wholeList, now);
  const at = (view: typeof wholeList) => clampSelection(view, list, 20);
  const down = at(move(at(wholeList), list, 25));
  expect(down).toMatchObject({ first: 6, selectedIndex: 25, selectedId: "a25" });
  expect(at(move(down, list, -5))).toMatchObject({ first: 6, selectedIndex: 20 });
  expect(at(move(down, list, -25))).toMatchObject({ first: 0, selectedIndex: 0 });
  const end = at(move(down, list, Number.MAX_SAFE_INTEGER));
  expect(end).toMatchObject({ first: 980, selectedIndex: 999 });
  expect(clampSelection(end, list.slice(0, 5), 20)).toMatchObject({ first: 0, selectedIndex: 4 });
});

test("agents that paused themselves, or do not respond, have their own filters", () => {
  const error = { code: "AGENT_PAUSED_BY_FAILURES", message: "x", details: { iteration: 3 } };
  const paused = { status: "paused", paused: true, iteration: 3 } as const;
  const some = agentsOf(
    agentView("by-hand", paused),
    agentView("by-itself", { ...paused, last_error: error }),
    agentView("since-resumed", { ...paused, iteration: 4, last_error: error }),
    agentView("stuck", { live: liveFigures({ unresponsive_since: 1 }) }),
  );
  const shown = (filter: Filter) =>
    listAgents(some, { ...wholeList, filter }, now).map(({ id }) => id);
  expect(shown("paused by failures")).toEqual(["by-itself"]);
  expect(shown("unresponsive")).toEqual(["stuck"]);
  expect(some.find(({ id }) => id === "by-itself")).toMatchObject({ hasFailed: true });
});
