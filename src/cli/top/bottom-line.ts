/** The bottom line of `troupe top`: the last message, a question, or the keys. Pure. */

import type { InspectColor } from "node:util";
import { keyedActions } from "../../model/actions/action-registry.ts";
import { agentsText } from "../../picture/number-text.ts";
import { cutToWidth, plainLine, widthOf } from "../text/plain-text.ts";
import type { Look } from "./look.ts";
import { needsKeys } from "./needs-view.ts";
import type { Message, Prompt, TextPrompt, TopState } from "./state.ts";

export function bottomLine(state: TopState, look: Look): string {
  const { prompt, message } = state;
  const cut = (text: string) => cutToWidth(text, look.columns - 1);
  if (message !== undefined) {
    const line = cut(plainLine(message.text));
    return message.tone === "plain" ? line : look.paint(tones[message.tone], line);
  }
  if (prompt !== undefined) return promptText(prompt, look.columns - 1);
  return look.paint("dim", fittingParts(keysOf(state), look.columns - 1));
}

const tones: Record<Exclude<Message["tone"], "plain">, InspectColor> = {
  good: "green",
  bad: "red",
};

/** The end of the typed text stays visible. */
function promptText(prompt: Prompt, width: number): string {
  if (prompt.kind === "destroy") {
    const question = `destroy ${plainLine(agentsText(prompt.agentIds))}? y/n`;
    const loss = "  history is kept; a step longer than the grace is lost";
    return cutToWidth(question + loss, width);
  }
  if (prompt.kind === "all") return cutToWidth(`${plainLine(prompt.title)}? y/n`, width);
  const question = questionOf(prompt);
  let text = `${plainLine(prompt.text)}▏`;
  const shownQuestion = widthOf(question) < width / 2 ? question : "> ";
  while (widthOf(shownQuestion) + widthOf(text) > width && text.length > 1) {
    text = [...text].slice(1).join("");
  }
  return shownQuestion + text;
}

function questionOf(prompt: TextPrompt): string {
  switch (prompt.kind) {
    case "command":
      return ":";
    case "search":
      return "search: ";
    case "interrupt":
      return `interrupt ${plainLine(agentsText(prompt.agentIds))} (subject or JSON): `;
  }
}

function keysOf({ details, needs, isHelpShown }: TopState): readonly string[] {
  if (isHelpShown) return ["any key closes the help"];
  const acts = keyedActions.map(({ key, word }) => `${key} ${word}`);
  if (details !== undefined) return ["esc back", "↑↓ scroll", ...acts];
  if (needs !== undefined) return needsKeys;
  const rest = ["/ search", "n needs you", ": command", "f filter", "s sort"];
  return ["? help", "q quit", "↑↓ select", "⏎ details", ...acts, ...rest];
}

/** As many whole parts as fit. */
export function fittingParts(parts: readonly string[], width: number): string {
  let line = "";
  for (const part of parts) {
    const longer = line === "" ? part : `${line}  ${part}`;
    if (widthOf(longer) > width) break;
    line = longer;
  }
  return line === "" ? cutToWidth(parts[0] ?? "", width) : line;
}
