/** Times and durations as people read them. Times are milliseconds since the epoch. Pure. */

const units = [
  { ms: 48 * 3_600_000, size: 86_400_000, sign: "d" },
  { ms: 3_600_000, size: 3_600_000, sign: "h" },
  { ms: 60_000, size: 60_000, sign: "min" },
] as const;

/** `34 ms`, `1.2 s`, `34 s`, `3 min`, `47 h`, `5 d`. */
export function durationText(ms: number): string {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : ageText(ms);
}

/** `now`, `12 s`, `3 min`: one unit, rounded down. */
export function ageText(ms: number): string {
  if (ms < 1_000) return "now";
  const unit = units.find((each) => ms >= each.ms) ?? { size: 1_000, sign: "s" };
  return `${Math.floor(ms / unit.size)} ${unit.sign}`;
}

/** `3 s ago`, `in 5 min`, `now`. */
export function relativeTime(at: number, now: number): string {
  const distance = ageText(Math.abs(now - at));
  if (distance === "now") return distance;
  return at <= now ? `${distance} ago` : `in ${distance}`;
}

/** `2026-11-03T10:15:00.000Z (3 s ago)`. */
export function fullTime(at: number, now: number): string {
  const text = isoTime(at);
  return text === String(at) ? text : `${text} (${relativeTime(at, now)})`;
}

/** `2026-11-03T10:15:00.000Z`, or the number if it is not a date: another program may have written it. */
export function isoTime(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}

/** `14:03:09`, in the reader's time zone, or the number. */
export function clockText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toLocaleTimeString("en-GB");
}

/** `2026-11-23 14:03:09`, in the reader's time zone, or the number. */
export function dateText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime())
    ? String(at)
    : `${date.toLocaleDateString("sv-SE")} ${clockText(at)}`;
}
