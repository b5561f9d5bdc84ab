/** Times in milliseconds since the epoch, as other programs give them. Pure. */

/** Of milliseconds: from 12 January 1970 for a hundred days. Nobody means these, and the seconds of today are among them. */
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
