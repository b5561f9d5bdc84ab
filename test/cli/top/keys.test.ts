import { expect, test } from "vitest";
import { press } from "../../../src/cli/top/keys.ts";
import { clampSelection, filters, listAgents, wholeList } from "../../../src/cli/top/list-view.ts";
import { firstState, type Key, type TopState } from "../../../src/cli/top/state.ts";
import { agentDestroy } from "../../../src/model/actions/agent-destroy.ts";
import { agentInterrupt } from "../../../src/model/actions/agent-interrupt.ts";
import { agentPause } from "../../../src/model/actions/agent-pause.ts";
import { agentResume } from "../../../src/model/actions/agent-resume.ts";
import { FleetPicture } from "../../../src/picture/fleet-picture.ts";
import { agentView } from "./agent-views.ts";

const fleet = new FleetPicture();
fleet.read(
  ["a1", "a2", "a3"].map((id) => agentView(id)),
  0,
);
const agents = listAgents(fleet.agents, wholeList, 0);

function key(text: string): Key {
  return { name: text, text, isCtrl: false };
}

const named = (name: string): Key => ({ name, text: undefined, isCtrl: false });
const enter: Key = { name: "return", text: "\r", isCtrl: false };

/** The state after all of them, and the effect of the last one. */
function pressAll(...keys: readonly Key[]): { state: TopState; effect?: unknown } {
  let pressed: ReturnType<typeof press> = {
    state: { ...firstState, view: clampSelection(wholeList, agents, 10) },
  };
  for (const each of keys) pressed = press(pressed.state, each, agents, 10);
  return pressed;
}

const typed = (text: string) => [...text].map(key);

test("keys act on the selected agent", () => {
  expect(pressAll(key("p")).effect).toEqual({
    kind: "act",
    action: agentPause,
    agentIds: ["a1"],
    payload: {},
  });
  expect(pressAll(key("j"), key("r")).effect).toMatchObject({
    action: agentResume,
    agentIds: ["a2"],
  });
  expect(pressAll(named("down"), named("down"), named("up"), enter).effect).toEqual({
    kind: "show",
    agentId: "a2",
  });
  expect(pressAll(named("end"), key("p")).effect).toMatchObject({ agentIds: ["a3"] });
});

test("no key acts on an agent if none is listed", () => {
  for (const each of ["p", "r", "i", "d"].map(key)) {
    expect(press(firstState, each, [], 10).effect).toBeUndefined();
    expect(press(firstState, each, [], 10).state.prompt).toBeUndefined();
  }
});

test("an agent is destroyed only after y", () => {
  expect(pressAll(key("d")).state.prompt).toEqual({ kind: "destroy", agentIds: ["a1"] });
  expect(pressAll(key("d"), key("y")).effect).toMatchObject({
    action: agentDestroy,
    agentIds: ["a1"],
  });
  for (const no of [key("n"), enter, named("escape"), key("d")]) {
    const { state, effect } = pressAll(key("d"), no);
    expect({ prompt: state.prompt, effect }).toEqual({ prompt: undefined, effect: undefined });
  }
});

test("an interrupt takes a subject or a JSON object, and nothing else in its place", () => {
  const subject = pressAll(key("i"), ...typed("big dogs"), enter);
  expect(subject.effect).toMatchObject({
    action: agentInterrupt,
    payload: { guidance: { subject: "big dogs" } },
  });
  const json = pressAll(key("i"), ...typed('{"mood":"dry"}'), enter);
  expect(json.effect).toMatchObject({ payload: { guidance: { mood: "dry" } } });
  const broken = pressAll(key("i"), ...typed('{"mood"'), enter);
  expect(broken.effect).toBeUndefined();
  expect(broken.state).toMatchObject({ prompt: { text: '{"mood"' }, message: { tone: "bad" } });
  const twice = pressAll(key("i"), ...typed('{"a":1,"a":2}'), enter);
  expect(twice.effect).toBeUndefined();
  const text = 'JSON must have the name "a" only once; Esc cancels';
  expect(twice.state).toMatchObject({ message: { text, tone: "bad" } });
  expect(pressAll(key("i"), enter).effect).toBeUndefined();
});

test("a text is edited, and control characters do not get into it", () => {
  const strange: Key = { name: "x", text: "\u001b[2J", isCtrl: false };
  const { state } = pressAll(key("i"), ...typed("日本x"), strange, named("backspace"));
  expect(state.prompt).toMatchObject({ text: "日本" });
  const cleared = pressAll(key("i"), ...typed("abc"), { name: "u", text: "\u0015", isCtrl: true });
  expect(cleared.state.prompt).toMatchObject({ text: "" });
});

test("the list follows the search while it is typed; Esc takes it back", () => {
  const searching = pressAll(key("/"), ...typed("qp"));
  expect(searching.state.view.search).toBe("qp");
  expect(searching.effect).toBeUndefined();
  expect(pressAll(key("/"), ...typed("qp"), named("escape")).state.view.search).toBe("");
  const kept = pressAll(key("/"), ...typed("qp"), enter);
  expect(kept.state).toMatchObject({ prompt: undefined, view: { search: "qp" } });
});

test("f, s and S go through filters and orders", () => {
  expect(pressAll(key("f")).state.view.filter).toBe("alive");
  expect(pressAll(...filters.map(() => key("f"))).state.view.filter).toBe("all");
  expect(pressAll(key("s"), key("S")).state.view).toMatchObject({
    sort: "status",
    isReversed: true,
  });
});

test("a capital letter sorts by its column, seen from the top, and by itself again reversed", () => {
  const { view } = pressAll(named("down"), named("down"), key("C")).state;
  expect(view).toMatchObject({ sort: "cpu", isReversed: false, selectedIndex: 0 });
  expect(view.selectedId).toBeUndefined();
  expect(pressAll(key("C"), key("C")).state.view).toMatchObject({ sort: "cpu", isReversed: true });
});

test("details scroll, act on their agent, and close", () => {
  const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
  const open: TopState = { ...firstState, details: { agentId: "a3", lines, first: 0 } };
  const scrolled = press(open, named("pagedown"), agents, 10).state;
  expect(scrolled.details?.first).toBe(10);
  expect(press(scrolled, key("G"), agents, 10).state.details?.first).toBe(20);
  expect(press(scrolled, key("p"), agents, 10).effect).toMatchObject({ agentIds: ["a3"] });
  for (const close of [named("escape"), key("q"), enter]) {
    const { state, effect } = press(scrolled, close, agents, 10);
    expect({ details: state.details, effect }).toEqual({ details: undefined, effect: undefined });
  }
});

test("q quits, and Ctrl-C quits during any question", () => {
  const ctrlC: Key = { name: "c", text: "\u0003", isCtrl: true };
  expect(pressAll(key("q")).effect).toEqual({ kind: "quit" });
  expect(pressAll(key("d"), ctrlC).effect).toEqual({ kind: "quit" });
  expect(pressAll(key("i"), key("q")).effect).toBeUndefined();
});

test("a message disappears with the next key", () => {
  const said: TopState = { ...firstState, message: { text: "done", tone: "good" } };
  expect(press(said, named("down"), agents, 10).state.message).toBeUndefined();
});
