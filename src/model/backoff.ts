/** Exponential backoff with equal jitter, as a pure function of the attempt and of chance. */

export interface Backoff {
  /** Ceiling of the first wait, in milliseconds; it doubles with each attempt. */
  readonly baseMs: number;
  /** Ceiling of every wait, in milliseconds. */
  readonly maxMs: number;
}

/** Of requests that the store refuses: 50 to 100 ms first, 2.5 to 5 s at most. */
export const STORE_BACKOFF: Backoff = { baseMs: 100, maxMs: 5_000 };

/**
 * Milliseconds to wait before the next try: uniform between half the ceiling and the ceiling, so that
 * callers that failed together do not retry together, and none retries immediately.
 * After "equal jitter" in Marc Brooker, Exponential Backoff And Jitter (AWS, 2015).
 *
 * @param attempt failures so far, from 1
 * @param chance a number in [0, 1)
 */
export function backoffMs({ baseMs, maxMs }: Backoff, attempt: number, chance: number): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 52));
  return Math.round(ceiling / 2 + (ceiling / 2) * chance);
}
