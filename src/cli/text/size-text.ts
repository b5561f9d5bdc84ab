/** Sizes as people say them. Pure. */

const KILO = 1024;

/** `12.3 MiB`: three digits of figures or so. */
export function bytesText(bytes: number): string {
  if (bytes < KILO ** 2) return `${Math.round(bytes / KILO)} KiB`;
  const [value, unit] = bytes < KILO ** 3 ? [bytes / KILO ** 2, "MiB"] : [bytes / KILO ** 3, "GiB"];
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
