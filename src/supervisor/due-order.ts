/** The order in which agents that come back get their threads: by when their next step is due. Pure. */

import type { AgentRow } from "../model/agent.ts";

/** Milliseconds since the epoch; a paused agent has no step that is due. */
export function nextStepAt(row: AgentRow, intervalMs: number): number {
  if (row.paused) return Number.POSITIVE_INFINITY;
  const last = row.history.at(-1)?.at;
  const byRhythm = last === undefined ? row.started_at : last + intervalMs;
  // Guidance does not wait for the rhythm.
  return Math.min(byRhythm, ...row.pending_guidance.map(({ at }) => at));
}

/** Those that are due first first; of two with the same time, in the given order. */
export function inDueOrder<T>(items: readonly T[], dueAt: (item: T) => number): readonly T[] {
  const timed = items.map((item) => ({ item, at: dueAt(item) }));
  // Not by subtraction: of two infinities it is not a number.
  timed.sort((left, right) => (left.at === right.at ? 0 : left.at - right.at));
  return timed.map(({ item }) => item);
}
