/** Times as people say them: how long ago, and how long something took. Pure. */

const units = [
  { ms: 86_400_000, sign: "d" },
  { ms: 3_600_000, sign: "h" },
  { ms: 60_000, sign: "m" },
  { ms: 1_000, sign: "s" },
] as const;

/** `3s ago`, `in 5m`, `now`; times in milliseconds since the epoch. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 1_000) return "now";
  const length = largestUnit(distance);
  return at <= now ? `${length} ago` : `in ${length}`;
}

/** `3s`, `2m`, `450ms`: one unit, rounded down. */
export function largestUnit(durationMs: number): string {
  const unit = units.find(({ ms }) => durationMs >= ms);
  return unit === undefined
    ? `${Math.max(0, Math.round(durationMs))}ms`
    : `${Math.floor(durationMs / unit.ms)}${unit.sign}`;
}

/** `2026-11-03T10:15:00.000Z (3s ago)` */
export function fullTime(at: number, now: number): string {
  const date = new Date(at);
  // A foreign writer may have written any number.
  if (Number.isNaN(date.getTime())) return String(at);
  return `${date.toISOString()} (${relativeTime(at, now)})`;
}
