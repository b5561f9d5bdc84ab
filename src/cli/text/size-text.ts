/** Sizes as people write them. Pure. */

import prettyBytes from "pretty-bytes";

/** `12.3 MiB`. */
export function bytesText(bytes: number): string {
  const digits = bytes < 1_024 ? 0 : 1;
  return prettyBytes(bytes, {
    binary: true,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
