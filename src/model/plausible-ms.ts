/** Times in milliseconds since the epoch, as other programs give them. Pure. */

/**
 * A number in this range is taken for seconds. As milliseconds it would be a day between 12 January and 26 April
 * 1970; as seconds, one between 2001 and 2286.
 */
const SECONDS_MIN = 1e9;
const SECONDS_MAX = 1e10;

/** Milliseconds from the seconds, microseconds or nanoseconds that other programs may use. */
export function plausibleMs(time: number): number {
  const size = Math.abs(time);
  if (size >= 1e17) return Math.trunc(time / 1e6);
  if (size >= 1e14) return Math.trunc(time / 1e3);
  return areSeconds(size) ? Math.trunc(time * 1e3) : time;
}

/** True of a time in seconds: an action that waits for it would be carried out immediately. */
export function areSeconds(time: number): boolean {
  return time >= SECONDS_MIN && time < SECONDS_MAX;
}
