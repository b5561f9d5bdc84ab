/** Bounds the length of a result that is kept. */

import { RESULT_BYTES_MAX } from "./limits.ts";

/**
 * `given`, cut to {@link RESULT_BYTES_MAX} bytes of UTF-8 including a note about the cut, and with U+FFFD
 * in place of halves of surrogate pairs. Pure.
 */
export function cutResult(given: string): string {
  const text = given.toWellFormed();
  // A character takes at most 3 bytes in UTF-8: most texts need no counting.
  if (text.length * 3 <= RESULT_BYTES_MAX) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= RESULT_BYTES_MAX) return text;
  const note = ` … (cut, ${bytes} bytes)`;
  const kept = RESULT_BYTES_MAX - Buffer.byteLength(note);
  const head = Buffer.from(text.slice(0, kept)).subarray(0, kept).toString();
  return head.replace(/\uFFFD+$/, "") + note;
}
