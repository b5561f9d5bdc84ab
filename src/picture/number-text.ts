/** Numbers, sizes and rates as people read them. Widths stay steady, so that columns do not move. Pure. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** `12,345`. */
export function countText(value: number): string {
  return whole.format(value);
}

/** `12.3K`, for little room. */
export function shortCountText(value: number): string {
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

/** `–` if it is not known yet, `0`, `0.4`, `12`: one decimal if the number is small. */
export function rateText(value: number | undefined): string {
  if (value === undefined) return "–";
  if (value === 0) return "0";
  if (value < 0.05) return "<0.1";
  return value < 9.95 ? value.toFixed(1) : shortCountText(Math.round(value));
}

const sizes = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `3.2 MiB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1_024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), sizes.length - 1);
  return `${(bytes / 1_024 ** power).toFixed(power === 0 ? 0 : 1)} ${sizes[power]}`;
}

/** `40 %`, `4.0 %`, `0.35 %`. */
export function percentText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.995) return `${percent.toFixed(2)} %`;
  return `${percent < 9.95 ? percent.toFixed(1) : whole.format(percent)} %`;
}

/** `1 agent`, `2 agents`. */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `agent1`, or `12 agents`. */
export function agentsText(ids: readonly string[]): string {
  return ids.length === 1 ? `${ids[0]}` : plural(ids.length, "agent");
}
