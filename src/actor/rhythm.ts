/** When the next step begins, as pure functions of times and chance. */

import { backoffMs } from "../model/backoff.ts";
import type { ErrorData } from "../model/error-data.ts";
import { RETRY_AFTER_DETAIL } from "../model/llm-call.ts";

/** Waits of an agent that goes on after a failing step: 0.5 to 1 s first, 30 to 60 s at most. */
export const STEP_BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

/** Longest wait that a provider's `Retry-After` is believed, in milliseconds. */
export const RETRY_AFTER_MS_MAX = 15 * 60_000;

/** A step's start beside the time that was due for it; milliseconds of one steady clock. */
interface StepTimes {
  readonly dueAt: number;
  readonly startedAt: number;
  readonly intervalMs: number;
}

/**
 * The time that is due for the start of the next step: a fixed rate, so that a step that took long
 * or woke late does not shift the rest. A step that began before its time, because guidance came,
 * or more than one interval after it, sets the rhythm anew.
 */
export function nextDue({ dueAt, startedAt, intervalMs }: StepTimes): number {
  const lateMs = startedAt - dueAt;
  const keepsRhythm = lateMs >= 0 && lateMs <= intervalMs;
  return (keepsRhythm ? dueAt : startedAt) + intervalMs;
}

/**
 * Milliseconds to wait after a failing step. A provider that said when it may be asked again is
 * not asked earlier.
 *
 * @param failures failing steps in a row so far, from 1
 * @param chance a number in [0, 1)
 */
export function stepBackoffMs(error: ErrorData, failures: number, chance: number): number {
  const ownMs = backoffMs(STEP_BACKOFF, failures, chance);
  const asked = error.details?.[RETRY_AFTER_DETAIL];
  if (typeof asked !== "number" || !(asked > 0)) return ownMs;
  // Spread upwards by a tenth: all who were refused together must not come back together.
  return Math.max(ownMs, Math.round(Math.min(asked, RETRY_AFTER_MS_MAX) * (1 + chance / 10)));
}
