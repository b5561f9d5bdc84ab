/** Numbers, sizes and times as people read them. Widths stay steady, so that columns do not dance. */

import prettyBytes from "pretty-bytes";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** `12,345`. */
export function countText(value: number): string {
  return whole.format(value);
}

/** `12.3K`, for where there is little room. */
export function shortCountText(value: number): string {
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

/** `0`, `0.4`, `12`: a digit after the point where it says something. */
export function rateText(value: number): string {
  if (value === 0) return "0";
  if (value < 0.05) return "<0.1";
  return value < 9.95 ? value.toFixed(1) : shortCountText(Math.round(value));
}

/** `3.2 MiB`. */
export function bytesText(bytes: number): string {
  const digits = bytes < 1_024 ? 0 : 1;
  return prettyBytes(bytes, {
    binary: true,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** `40 %`, `4.0 %`, `0.35 %`. */
export function percentText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.995) return `${percent.toFixed(2)} %`;
  return `${percent < 9.95 ? percent.toFixed(1) : whole.format(percent)} %`;
}

/** `34 ms`, `1.2 s`, `3 min`, `2 h`, `5 d`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return roundAgo(ms);
}

/** `now`, `12 s`, `3 min`: how long ago. */
export function agoText(ms: number): string {
  if (ms < 1_500) return "now";
  if (ms < 60_000) return `${Math.round(ms / 1_000)} s`;
  return roundAgo(ms);
}

/** `14:03:09`. */
export function clockText(time: number): string {
  return new Date(time).toLocaleTimeString("en-GB");
}

/** `2026-11-23 14:03:09`, in the reader's own time zone. */
export function dateText(time: number): string {
  return `${new Date(time).toLocaleDateString("sv-SE")} ${clockText(time)}`;
}

/** `1 agent`, `2 agents`. */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function roundAgo(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 60 / 24)} d`;
}
