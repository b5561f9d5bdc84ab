/** The questions on the bottom line of `troupe top`, and what their answers do. Pure. */

import { agentDestroy } from "../../model/actions/agent-destroy.ts";
import { agentInterrupt } from "../../model/actions/agent-interrupt.ts";
import { cutText } from "../../model/cut-text.ts";
import { findTextLoss } from "../../model/json-text-loss.ts";
import { parseJsonObject } from "../../model/parse-json.ts";
import { agentsText } from "../../picture/number-text.ts";
import {
  isEnter,
  type Key,
  type Message,
  type Pressed,
  type Prompt,
  say,
  type TextPrompt,
  type TopState,
} from "./state.ts";

export function pressInPrompt(state: TopState, prompt: Prompt, key: Key): Pressed {
  if (prompt.kind === "destroy") {
    const { agentIds } = prompt;
    const closed: TopState = { ...state, prompt: undefined };
    if (key.text?.toLowerCase() !== "y")
      return { state: say(closed, `${agentsText(agentIds)} not destroyed`) };
    return { state: closed, effect: { kind: "act", action: agentDestroy, agentIds, payload: {} } };
  }
  if (prompt.kind === "all") {
    const closed: TopState = { ...state, prompt: undefined };
    if (key.text?.toLowerCase() === "y") return { state: closed, effect: prompt.act };
    return { state: say(closed, `${prompt.title}: nothing was sent`) };
  }
  if (key.name === "escape") return { state: cancel(state, prompt) };
  if (isEnter(key)) return submit(state, prompt);
  const text = edited(prompt.text, key);
  return { state: withSearch({ ...state, prompt: { ...prompt, text } }) };
}

function submit(state: TopState, prompt: TextPrompt): Pressed {
  const closed: TopState = { ...state, prompt: undefined };
  if (prompt.kind === "search") return { state: closed };
  if (prompt.kind === "command") return submitCommand(closed, prompt.text);
  const { agentIds, text } = prompt;
  if (text.trim() === "") return { state: say(closed, `nothing sent to ${agentsText(agentIds)}`) };
  const guidance = guidanceOf(text.trim());
  if (typeof guidance === "string") {
    const message: Message = { text: `${guidance}; Esc cancels`, tone: "bad" };
    return { state: { ...state, message } };
  }
  const payload = { guidance };
  return { state: closed, effect: { kind: "act", action: agentInterrupt, agentIds, payload } };
}

function submitCommand(closed: TopState, text: string): Pressed {
  if (text.trim() === "") return { state: closed };
  return { state: closed, effect: { kind: "command", text } };
}

/** Text that starts with `{` must be a JSON object; any other text is a new subject. Or what is wrong with it. */
function guidanceOf(text: string): Readonly<Record<string, unknown>> | string {
  if (!text.startsWith("{")) return { subject: text };
  const guidance = parseJsonObject(text);
  if (guidance === undefined) return "not a JSON object";
  return findTextLoss(text, guidance, "JSON") ?? guidance;
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
