/**
 * Restart intensity: limits the restarts within a time window. Pure.
 * The arithmetic is that of OTP's supervisor (`add_restart/1` in lib/stdlib/src/supervisor.erl):
 * restarts are counted in a sliding window, and one more than the limit gives up.
 */

export interface IntensityLimit {
  /** Restarts allowed within the window; 0 allows none. */
  readonly restartsMax: number;
  /** Milliseconds that a restart counts. */
  readonly windowMs: number;
}

export interface Intensity {
  /** Times of the restarts that still count, oldest first, in milliseconds. */
  readonly restarts: readonly number[];
  /** True if the last one was one too many. */
  readonly isExceeded: boolean;
}

/** Adds a restart at `now` to earlier ones, and checks the limit. */
export function addRestart(
  before: readonly number[],
  now: number,
  { restartsMax, windowMs }: IntensityLimit,
): Intensity {
  const restarts = [...before.filter((at) => now - at <= windowMs), now];
  return { restarts, isExceeded: restarts.length > restartsMax };
}
