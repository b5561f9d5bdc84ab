/** What a key changes in `troupe top`. Pure: a request to the fleet is returned as an effect. */

import { directActions } from "../../model/actions/action-registry.ts";
import { agentDestroy } from "../../model/actions/agent-destroy.ts";
import { agentInterrupt } from "../../model/actions/agent-interrupt.ts";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import { everyAgent } from "../../picture/list-query.ts";
import { filters, move, nextOf, type SortKey, sortBy, sortKeys } from "./list-view.ts";
import { placesOf } from "./moving-keys.ts";
import { firstNeeds, pressInNeeds } from "./needs-view.ts";
import { pressInPrompt } from "./questions.ts";
import { ask, type Details, isEnter, type Key, type Pressed, type TopState } from "./state.ts";

/** @param rowsShown how many agents, or lines of details, fit on the screen */
export function press(
  before: TopState,
  key: Key,
  agents: readonly AgentPicture[],
  rowsShown: number,
): Pressed {
  // The message has been seen.
  const state: TopState = { ...before, message: undefined };
  if (key.isCtrl) {
    const effect = effectsOfCtrl[key.name ?? ""];
    if (effect !== undefined) return { state, effect: { kind: effect } };
  }
  if (state.prompt !== undefined) return pressInPrompt(state, state.prompt, key);
  if (state.isHelpShown) return { state: { ...state, isHelpShown: false } };
  if (state.details !== undefined) return pressInDetails(state, state.details, key, rowsShown);
  if (state.needs !== undefined) return pressInNeeds(state, state.needs, key);
  return pressInList(state, key, agents, rowsShown);
}

const effectsOfCtrl: Readonly<Record<string, "quit" | "suspend" | "redraw">> = {
  c: "quit",
  z: "suspend",
  l: "redraw",
};

/** Keys are known by what they type, so that `S` is not `s`; keys that type nothing by their name. */
function pressInList(
  state: TopState,
  key: Key,
  agents: readonly AgentPicture[],
  rowsShown: number,
): Pressed {
  const { view } = state;
  const places = placesOf(key, rowsShown);
  if (places !== undefined) return { state: { ...state, view: move(view, agents, places) } };
  switch (key.text) {
    case "q":
      return { state, effect: { kind: "quit" } };
    case "?":
      return { state: { ...state, isHelpShown: true } };
    case "n":
      return { state: { ...state, needs: firstNeeds } };
    case "/":
      return { state: ask(state, { kind: "search", text: view.search, before: view.search }) };
    case ":":
      return { state: ask(state, { kind: "command", text: "" }) };
    case "f":
      return { state: { ...state, view: { ...view, filter: nextOf(filters, view.filter) } } };
    case "s":
      return { state: { ...state, view: sortBy(view, nextOf(sortKeys, view.sort)) } };
    case "S":
      return { state: { ...state, view: sortBy(view, view.sort) } };
    default:
  }
  const sort = sortOfKey.get(key.text ?? "");
  if (sort !== undefined) return { state: { ...state, view: sortBy(view, sort) } };
  if (key.name === "escape") {
    return {
      state: {
        ...state,
        message: undefined,
        view: { ...view, search: "", filter: "all", choice: everyAgent },
      },
    };
  }
  const selected = agents[view.selectedIndex];
  return selected === undefined ? { state } : pressOnAgent(state, key, selected.id);
}

const sortOfKey: ReadonlyMap<string, SortKey> = new Map([
  ["N", "id"],
  ["T", "status"],
  ["B", "subject"],
  ["I", "iteration"],
  ["R", "rate"],
  ["M", "memory"],
  ["C", "cpu"],
]);

/** The keys for the selected agent; they also work in its details. */
function pressOnAgent(state: TopState, key: Key, agentId: string): Pressed {
  switch (key.text) {
    case agentInterrupt.key:
      return { state: ask(state, { kind: "interrupt", text: "", agentIds: [agentId] }) };
    case agentDestroy.key:
      return { state: ask(state, { kind: "destroy", agentIds: [agentId] }) };
    default:
  }
  const action = directActions.find((direct) => direct.key === key.text);
  if (action !== undefined) {
    return { state, effect: { kind: "act", action, agentIds: [agentId], payload: {} } };
  }
  return isEnter(key) ? { state, effect: { kind: "show", agentId } } : { state };
}

function pressInDetails(state: TopState, details: Details, key: Key, rowsShown: number): Pressed {
  if (key.name === "escape" || key.text === "q" || isEnter(key)) {
    return { state: { ...state, details: undefined } };
  }
  const places = placesOf(key, rowsShown);
  if (places === undefined) return pressOnAgent(state, key, details.agentId);
  return { state: { ...state, details: scroll(details, places, rowsShown) } };
}

function scroll(details: Details, places: number, rowsShown: number): Details {
  const last = Math.max(0, details.lines.length - rowsShown);
  return { ...details, first: Math.max(0, Math.min(details.first + places, last)) };
}
