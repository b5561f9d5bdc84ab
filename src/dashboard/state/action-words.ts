/** Actions in plain words: what was done, by whom, and to which status it leads. Pure. */

import type { ActionOutcome } from "../../model/action.ts";
import type { AgentStatus } from "../../model/agent.ts";

interface Words {
  readonly done: string;
  readonly verb: string;
  /** The status that the agent has after it. */
  readonly status: AgentStatus | null;
}

const wordsOf: ReadonlyMap<string, Words> = new Map([
  ["create_agent", { done: "created", verb: "create", status: "running" }],
  ["agent_pause", { done: "paused", verb: "pause", status: "paused" }],
  ["agent_resume", { done: "resumed", verb: "resume", status: "running" }],
  ["agent_interrupt", { done: "interrupted", verb: "interrupt", status: null }],
  ["agent_restart", { done: "restarted", verb: "restart", status: "running" }],
  ["agent_destroy", { done: "destroyed", verb: "destroy", status: "stopped" }],
  ["environment_reload", { done: "environment reloaded", verb: "reload", status: null }],
]);

const outcomeWords: Readonly<Record<ActionOutcome, string>> = {
  done: "done",
  cancelled: "cancelled",
  rejected: "rejected",
  dead: "failed",
};

/** `paused by ana`, `pause rejected`. @param actor null if it is not known */
export function actionWords(action: string, outcome: ActionOutcome, actor: string | null): string {
  const words = wordsOf.get(action);
  if (outcome !== "done") return `${words?.verb ?? action} ${outcomeWords[outcome]}`;
  const done = words?.done ?? `${action} done`;
  return actor === null ? done : `${done} by ${actor}`;
}

/** The status that reports no more than the action does; null if there is none. */
export function statusAfter(action: string): AgentStatus | null {
  return wordsOf.get(action)?.status ?? null;
}
