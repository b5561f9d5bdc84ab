/** The order in which agents that come back get their threads: by when their next step is due. Pure. */

import type { AgentRow } from "../model/agent.ts";
import { nextStepOf } from "../model/next-step.ts";

/** Milliseconds since the epoch; infinite if the agent is paused, or waits for guidance alone. */
export function nextStepAt(row: AgentRow, intervalMs: number): number {
  if (row.paused) return Number.POSITIVE_INFINITY;
  // Guidance waits for no time.
  return Math.min(withoutGuidance(row, intervalMs), ...row.pending_guidance.map(({ at }) => at));
}

function withoutGuidance(row: AgentRow, intervalMs: number): number {
  const next = nextStepOf(row);
  if (next === "guidance") return Number.POSITIVE_INFINITY;
  if (next !== null) return next;
  const last = row.history.at(-1)?.at;
  return last === undefined ? row.started_at : last + intervalMs;
}

/** Those that are due first first; of two with the same time, in the given order. */
export function inDueOrder<T>(items: readonly T[], dueAt: (item: T) => number): readonly T[] {
  const timed = items.map((item) => ({ item, at: dueAt(item) }));
  // The difference of two infinities is not a number, which counts as 0 here.
  timed.sort((left, right) => left.at - right.at);
  return timed.map(({ item }) => item);
}
