import { expect, test } from "vitest";
import { type LaneRoom, lanesOf, layLanes } from "../../src/dashboard/state/timeline-lanes.ts";
import { newAgent } from "../../src/picture/agent-picture.ts";
import { agentView, NOW } from "./sample-agents.ts";

const agent = (id: string, changes: Parameters<typeof agentView>[1] = {}) =>
  newAgent(agentView(id, changes), NOW);

test("lanes are agents in their order, or types and statuses with their agents", () => {
  const agents = [
    agent("a"),
    agent("b", { agent_type: "poet", status: "error" }),
    agent("c", { agent_type: "poet" }),
  ];
  const named = (kind: Parameters<typeof lanesOf>[1]) =>
    lanesOf(agents, kind).map(({ name }) => name);
  expect(named("agent")).toEqual(["a", "b", "c"]);
  expect(named("type")).toEqual(["joke (1)", "poet (2)"]);
  expect(named("status")).toEqual(["error (1)", "running (2)"]);
});

const room: LaneRoom = {
  count: 30,
  height: 220,
  kind: "agent",
  focused: -1,
  first: 0,
  mayOverview: true,
};

test("lanes that fit are as high as there is room, others scroll with the focus", () => {
  expect(layLanes({ ...room, count: 2 })).toMatchObject({ laneHeight: 34, first: 0, shown: 2 });
  expect(layLanes(room)).toMatchObject({ laneHeight: 22, first: 0, shown: 10 });
  expect(layLanes({ ...room, focused: 14 })).toMatchObject({ first: 5 });
  expect(layLanes({ ...room, focused: 14, first: 20 })).toMatchObject({ first: 14 });
  expect(layLanes({ ...room, first: 99 })).toMatchObject({ first: 20 });
});

test("far too many lanes are an overview of all, unless single steps are wanted", () => {
  expect(layLanes({ ...room, count: 1_000 })).toEqual({
    laneHeight: 0.22,
    isOverview: true,
    first: 0,
    shown: 1_000,
  });
  const single = layLanes({ ...room, count: 1_000, mayOverview: false, focused: 500 });
  expect(single).toMatchObject({ isOverview: false, shown: 10, first: 491 });
});
