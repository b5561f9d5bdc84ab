/** Actions in plain words: what was done, by whom, and to which status it leads. Pure. */

import type { ActionOutcome } from "../../model/action.ts";
import { findDeclaration } from "../../model/actions/action-registry.ts";
import type { AgentStatus } from "../../model/agent.ts";

const outcomeWords: Readonly<Record<ActionOutcome, string>> = {
  done: "done",
  cancelled: "cancelled",
  rejected: "rejected",
  dead: "failed",
};

/** `paused by ana`, `pause rejected`. @param actor null if it is not known */
export function actionWords(action: string, outcome: ActionOutcome, actor: string | null): string {
  const declared = findDeclaration(action);
  if (outcome !== "done") return `${declared?.word ?? action} ${outcomeWords[outcome]}`;
  const done = declared?.done ?? `${action} done`;
  return actor === null ? done : `${done} by ${actor}`;
}

/** The status that reports no more than the action does; null if there is none. */
export function statusAfter(action: string): AgentStatus | null {
  return findDeclaration(action)?.leadsTo ?? null;
}
