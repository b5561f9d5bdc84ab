/** The order in which agents that come back get their threads: by when their next step is due. Pure. */

import type { AgentRow } from "../model/agent.ts";
import { nextStepOf } from "../model/next-step.ts";

/**
 * Milliseconds since the epoch; infinite if the agent is paused, or waits for guidance alone. Times of rows
 * that are later than `now` are from before the clock was set back: no interval is longer for that. What a
 * step has said is a time of the clock, so it holds.
 */
export function nextStepAt(row: AgentRow, intervalMs: number, now: number): number {
  if (row.paused) return Number.POSITIVE_INFINITY;
  const guidanceAt = row.pending_guidance.map(({ at }) => Math.min(at, now));
  // Guidance waits for no time.
  return Math.min(withoutGuidance(row, intervalMs, now), ...guidanceAt);
}

function withoutGuidance(row: AgentRow, intervalMs: number, now: number): number {
  const next = nextStepOf(row);
  if (next === "guidance") return Number.POSITIVE_INFINITY;
  if (next !== null) return next;
  const last = row.history.lastAt;
  return last === undefined ? Math.min(row.started_at, now) : Math.min(last, now) + intervalMs;
}

/** Those that are due first first; of two with the same time, in the given order. */
export function inDueOrder<T>(items: readonly T[], dueAt: (item: T) => number): readonly T[] {
  const timed = items.map((item) => ({ item, at: dueAt(item) }));
  // The difference of two infinities is not a number, which counts as 0 here.
  timed.sort((left, right) => left.at - right.at);
  return timed.map(({ item }) => item);
}
