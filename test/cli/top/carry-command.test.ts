import { expect, test } from "vitest";
import { carryCommand } from "../../../src/cli/top/carry-command.ts";
import { press } from "../../../src/cli/top/keys.ts";
import { clampSelection, listAgents, wholeList } from "../../../src/cli/top/list-view.ts";
import { firstState, type Pressed, type TopState } from "../../../src/cli/top/state.ts";
import { agentInterrupt } from "../../../src/model/actions/agent-interrupt.ts";
import { agentPause } from "../../../src/model/actions/agent-pause.ts";
import { createAgent } from "../../../src/model/actions/create-agent.ts";
import { FleetPicture } from "../../../src/picture/fleet-picture.ts";
import { agentView } from "./agent-views.ts";

const fleet = new FleetPicture();
fleet.read([agentView("a1"), agentView("a2", { status: "paused" }), agentView("b1")], 0);
const agents = listAgents(fleet.agents, wholeList, 0);
const first: TopState = { ...firstState, view: clampSelection(wholeList, agents, 10) };

function carried(text: string, state = first): Pressed {
  return carryCommand(state, text, fleet);
}

test("a colon begins a command, and Enter requests it", () => {
  let pressed: Pressed = { state: first };
  for (const text of [":", ..."pause all"]) {
    pressed = press(pressed.state, { name: text, text, isCtrl: false }, agents, 10);
  }
  expect(pressed.state.prompt).toEqual({ kind: "command", text: "pause all" });
  const entered = press(pressed.state, { name: "return", text: "\r", isCtrl: false }, agents, 10);
  expect(entered.effect).toEqual({ kind: "command", text: "pause all" });
  expect(entered.state.prompt).toBeUndefined();
});

test("steering is about all chosen agents, or about the selected one", () => {
  expect(carried("pause all").effect).toEqual({
    kind: "act",
    action: agentPause,
    agentIds: ["a1", "a2", "b1"],
    payload: {},
  });
  expect(carried("pause").effect).toMatchObject({ agentIds: ["a1"] });
  const details = { agentId: "b1", lines: [], first: 0 };
  expect(carried("pause", { ...first, details }).effect).toMatchObject({ agentIds: ["b1"] });
  expect(carried("interrupt a1 a2 subject=tea").effect).toMatchObject({
    action: agentInterrupt,
    agentIds: ["a1", "a2"],
    payload: { guidance: { subject: "tea" } },
  });
});

test("what is asked by a key is asked by a command, too", () => {
  for (const kind of ["destroy", "interrupt"]) {
    const { state, effect } = carried(`${kind} a1 b1`);
    expect(state.prompt).toMatchObject({ kind, agentIds: ["a1", "b1"] });
    expect(effect).toBeUndefined();
  }
});

test("a list replaces filters, order and search", () => {
  const searched: TopState = { ...first, view: { ...first.view, filter: "error", search: "x" } };
  const { state } = carried("status=paused sort=cpu", searched);
  expect(listAgents(fleet.agents, state.view, 0).map(({ id }) => id)).toEqual(["a2"]);
  expect(state.view).toMatchObject({ filter: "all", search: "", sort: "cpu", isReversed: false });
  expect(carried("sort=steps").state.message?.tone).toBe("bad");
  expect(carried("view busiest", searched).state.view).toMatchObject({ sort: "rate", search: "" });
});

test("agents are opened and created, and what cannot be done is said", () => {
  expect(carried("open b1").effect).toEqual({ kind: "show", agentId: "b1" });
  expect(carried("create joke id=c1 subject=tea").effect).toEqual({
    kind: "act",
    action: createAgent,
    agentIds: ["c1"],
    payload: { agent_type: "joke", initial_subject: "tea" },
  });
  expect(carried("help").state.isHelpShown).toBe(true);
  const refusals: readonly (readonly [string, RegExp])[] = [
    ["open c9", /^no agent c9$/],
    ["queue", /troupe queue list/],
    ["save mine", /kept by the page/],
    ["view mine", /^no view mine; there are all agents, /],
    ["pause type=tea", /^no agent fits$/],
    ['pause q="unclosed', /^q="unclosed needs a closing quote$/],
    ["fly", /^fly is no command/],
  ];
  for (const [text, message] of refusals) {
    const { state, effect } = carried(text);
    expect(state.message).toEqual({ text: expect.stringMatching(message), tone: "bad" });
    expect(effect).toBeUndefined();
  }
});
