/** When the next step starts. Pure: times and chance are arguments. */

import { backoffMs } from "../model/backoff.ts";
import type { ErrorData } from "../model/error-data.ts";
import { RETRY_AFTER_DETAIL, RETRY_AFTER_MS_MAX } from "../model/llm-call.ts";

/** Waits of an agent after a failing step: 0.5 to 1 s first, 30 to 60 s at most. */
export const STEP_BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

/** When a step was due and when it started, in milliseconds of one monotonic clock. */
interface StepTimes {
  readonly dueAt: number;
  readonly startedAt: number;
  readonly intervalMs: number;
}

/**
 * When the next step is due: at a fixed rate, so that a step that took long or started late does not
 * shift the rest. A step that started early, because of guidance, or more than one interval late
 * starts a new rhythm.
 */
export function nextDue({ dueAt, startedAt, intervalMs }: StepTimes): number {
  const lateMs = startedAt - dueAt;
  const keepsRhythm = lateMs >= 0 && lateMs <= intervalMs;
  return (keepsRhythm ? dueAt : startedAt) + intervalMs;
}

/**
 * Milliseconds until a time of the wall clock, which may be set back meanwhile: what was due after a duration
 * must not become later by that.
 *
 * @param latestMs what is left of the duration on a monotonic clock; `Infinity` if a time was named
 */
export function untilTime({ at, now }: { at: number; now: number }, latestMs: number): number {
  return Math.min(at - now, latestMs);
}

/**
 * Milliseconds to wait after a failing step: at least as long as the provider requested.
 *
 * @param failures failing steps in a row so far, from 1
 * @param chance a number in [0, 1)
 */
export function stepBackoffMs(error: ErrorData, failures: number, chance: number): number {
  const ownMs = backoffMs(STEP_BACKOFF, failures, chance);
  const retryMs = error.details?.[RETRY_AFTER_DETAIL];
  if (typeof retryMs !== "number" || !(retryMs > 0)) return ownMs;
  // Spread upwards by a tenth: agents that were refused together must not retry together.
  return Math.max(ownMs, Math.round(Math.min(retryMs, RETRY_AFTER_MS_MAX) * (1 + chance / 10)));
}
