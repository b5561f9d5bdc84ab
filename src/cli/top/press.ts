/** What a key changes in `troupe top`. Pure: a request to the fleet is returned as an effect. */

import { directActions } from "../../model/actions/action-registry.ts";
import { agentDestroy } from "../../model/actions/agent-destroy.ts";
import { agentInterrupt } from "../../model/actions/agent-interrupt.ts";
import { cutText } from "../../model/cut-text.ts";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import { isEnter, type Key, placesOf } from "./key.ts";
import { filters, move, nextOf, type SortKey, sortBy, sortKeys } from "./list-view.ts";
import { firstNeeds, pressInNeeds } from "./needs-view.ts";
import {
  ask,
  type Details,
  type ManyAct,
  type Message,
  type Pressed,
  type Prompt,
  say,
  type TextPrompt,
  type TopState,
} from "./state.ts";

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
      state: { ...state, view: { ...view, search: "", cause: "", filter: "all" } },
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
      return { state: ask(state, { kind: "interrupt", text: "", agentId }) };
    case agentDestroy.key:
      return { state: ask(state, { kind: "destroy", agentId }) };
    default:
  }
  const action = directActions.find((direct) => direct.key === key.text);
  if (action !== undefined) return { state, effect: { kind: "act", action, agentId } };
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

function pressInPrompt(state: TopState, prompt: Prompt, key: Key): Pressed {
  const closed: TopState = { ...state, prompt: undefined };
  if (prompt.kind === "many") return pressInQuestion(closed, prompt, key);
  if (prompt.kind === "destroy") {
    const { agentId } = prompt;
    if (key.text?.toLowerCase() !== "y")
      return { state: say(closed, `${agentId} was not destroyed`) };
    return { state: closed, effect: { kind: "act", action: agentDestroy, agentId } };
  }
  if (key.name === "escape") return { state: cancel(state, prompt) };
  if (isEnter(key)) return submit(state, prompt);
  const text = edited(prompt.text, key);
  return { state: withSearch({ ...state, prompt: { ...prompt, text } }) };
}

function pressInQuestion(closed: TopState, { title, word, agentIds }: ManyAct, key: Key): Pressed {
  if (key.text?.toLowerCase() !== "y") return { state: say(closed, `${title}: nothing was sent`) };
  return { state: closed, effect: { kind: "act_all", title, word, agentIds } };
}

function submit(state: TopState, prompt: TextPrompt): Pressed {
  const closed: TopState = { ...state, prompt: undefined };
  if (prompt.kind === "search") return { state: closed };
  const { agentId, text } = prompt;
  if (text.trim() === "") return { state: say(closed, `nothing was sent to ${agentId}`) };
  const guidance = guidanceOf(text.trim());
  if (guidance === undefined) {
    const message: Message = { text: "not a JSON object; Esc cancels", tone: "bad" };
    return { state: { ...state, message } };
  }
  return { state: closed, effect: { kind: "act", action: agentInterrupt, agentId, guidance } };
}

/** Text that starts with `{` must be a JSON object; any other text is a new subject. */
function guidanceOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith("{")) return { subject: text };
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function cancel(state: TopState, prompt: TextPrompt): TopState {
  const closed: TopState = { ...state, prompt: undefined };
  if (prompt.kind !== "search") return closed;
  return { ...closed, view: { ...state.view, search: prompt.before } };
}

/** The list follows the search while it is typed. */
function withSearch(state: TopState): TopState {
  if (state.prompt?.kind !== "search") return state;
  return { ...state, view: { ...state.view, search: state.prompt.text } };
}

/** Longest text that can be typed, in characters. */
const PROMPT_TEXT_MAX = 10_000;

function edited(text: string, key: Key): string {
  if (key.name === "backspace") return [...text].slice(0, -1).join("");
  if (key.isCtrl) return key.name === "u" ? "" : text;
  const isWritten = key.text !== undefined && /^[^\p{Cc}]+$/u.test(key.text);
  return isWritten ? cutText(text + key.text, PROMPT_TEXT_MAX) : text;
}
