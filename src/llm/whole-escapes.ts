/**
 * Mends the JSON text of a provider's answer while it passes: an escape that is half of a surrogate pair, as a
 * model makes it that is cut off inside an emoji, becomes U+FFFD. BAML refuses a whole answer because of one,
 * and the answer is paid. Text that is not an escape stays as it is, and so does the length.
 */

import { Transform } from "node:stream";

const BACKSLASH = 92;
const LETTER_U = 117;
/** `\u` and four hexadecimal digits. */
const ESCAPE_BYTES = 6;
const REPLACEMENT = "\\ufffd";

export function wholeEscapes(): Transform {
  /** The start of an escape, or the first half of a pair, whose rest has not arrived. */
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const end = mend(bytes, false);
      held = bytes.subarray(end);
      done(null, bytes.subarray(0, end));
    },
    flush(done) {
      mend(held, true);
      done(null, held);
    },
  });
}

/** @returns the number of bytes that no later byte can change */
function mend(bytes: Buffer, isLast: boolean): number {
  let at = bytes.indexOf(BACKSLASH);
  while (at >= 0) {
    const next = endOfEscape(bytes, at, isLast);
    if (next === undefined) return at;
    at = bytes.indexOf(BACKSLASH, next);
  }
  return bytes.length;
}

/** Mends the escape at this place; undefined if its rest must arrive first. */
function endOfEscape(bytes: Buffer, at: number, isLast: boolean): number | undefined {
  if (at + 1 === bytes.length) return isLast ? bytes.length : undefined;
  if (bytes[at + 1] !== LETTER_U) return at + 2;
  const end = at + ESCAPE_BYTES;
  if (end > bytes.length) return isLast ? bytes.length : undefined;
  const half = halfAt(bytes, at);
  if (half === "high") {
    if (halfAt(bytes, end) === "low") return end + ESCAPE_BYTES;
    if (!isLast && mayBecomeEscape(bytes.subarray(end))) return undefined;
  }
  if (half !== undefined) bytes.write(REPLACEMENT, at, "latin1");
  return end;
}

/** Which half of a pair the escape at this place is; undefined if it is neither, or there is none. */
function halfAt(bytes: Buffer, at: number): "high" | "low" | undefined {
  const text = bytes.toString("latin1", at, at + ESCAPE_BYTES);
  if (/^\\u[dD][89abAB][\da-fA-F]{2}$/.test(text)) return "high";
  return /^\\u[dD][c-fC-F][\da-fA-F]{2}$/.test(text) ? "low" : undefined;
}

/** True for the start of an escape, of which less than the whole has arrived. */
function mayBecomeEscape(rest: Buffer): boolean {
  if (rest.length >= ESCAPE_BYTES) return false;
  return /^(?:\\(?:u.{0,3})?)?$/s.test(rest.toString("latin1"));
}
