/**
 * Mends the JSON text of a provider's answer while it passes: an escape that is half of a surrogate pair, as a
 * model makes it that is cut off inside an emoji, becomes U+FFFD. BAML refuses a whole answer because of one,
 * and the answer is paid. A half at the end of a text that the next event of a stream continues with the other
 * half is moved there: some servers cut text between any two units. A byte order mark before the text is left
 * out: BAML does not know it, and drops the first event of a stream. All other text stays as it is.
 */

import { Transform } from "node:stream";

const BACKSLASH = 92;
const LETTER_U = 117;
/** `\u` and four hexadecimal digits. */
const ESCAPE_BYTES = 6;
const REPLACEMENT = "\\ufffd";
const QUOTE = 34;
/** Bytes that wait at most for the other half in the next event. */
const HELD_BYTES_MAX = 64 * 1024;

const BYTE_ORDER_MARK = Buffer.from("\ufeff");

export function wholeEscapes(): Transform {
  let isStart = true;
  /** The start of an escape, or the first half of a pair, or of a mark, whose rest has not arrived. */
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      if (isStart && isPartOfMark(bytes)) {
        held = bytes;
        return done();
      }
      if (isStart && bytes.indexOf(BYTE_ORDER_MARK) === 0) {
        bytes = bytes.subarray(BYTE_ORDER_MARK.length);
      }
      isStart = false;
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

function isPartOfMark(bytes: Buffer): boolean {
  return bytes.length < BYTE_ORDER_MARK.length && BYTE_ORDER_MARK.indexOf(bytes) === 0;
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
  if (half === "high") return endOfHigh(bytes, at, isLast);
  if (half === "low") bytes.write(REPLACEMENT, at, "latin1");
  return end;
}

/** The same for a first half: its pair, the place that it has left, or its end if it has no other half. */
function endOfHigh(bytes: Buffer, at: number, isLast: boolean): number | undefined {
  const end = at + ESCAPE_BYTES;
  if (halfAt(bytes, end) === "low") return end + ESCAPE_BYTES;
  if (!isLast && mayBecomeEscape(bytes.subarray(end))) return undefined;
  const low = bytes[end] === QUOTE ? placeInNextEvent(bytes.subarray(end)) : "none";
  if (low === "unknown" && !isLast) return undefined;
  if (typeof low === "number") {
    move(bytes, at, end + low);
    return at;
  }
  bytes.write(REPLACEMENT, at, "latin1");
  return end;
}

/** Which half of a pair the escape at this place is; undefined if it is neither, or there is none. */
function halfAt(bytes: Buffer, at: number): "high" | "low" | undefined {
  const text = bytes.toString("latin1", at, at + ESCAPE_BYTES);
  if (/^\\u[dD][89abAB][\da-fA-F]{2}$/.test(text)) return "high";
  return /^\\u[dD][c-fC-F][\da-fA-F]{2}$/.test(text) ? "low" : undefined;
}

/**
 * Where the first text of the next event that starts with a second half does so; unknown if more bytes must arrive.
 * @param bytes from the end of a text
 */
function placeInNextEvent(bytes: Buffer): number | "none" | "unknown" {
  const text = bytes.toString("latin1", 0, HELD_BYTES_MAX);
  const start = /\r?\n\r?\n/.exec(text);
  const from = start === null ? text.length : start.index + start[0].length;
  const length = text.slice(from).search(/\r?\n\r?\n/);
  const event = length < 0 ? text.slice(from) : text.slice(from, from + length);
  // A quote after a backslash starts no text.
  const quote = event.search(/(?<!\\)"\\u[dD][c-fC-F][\da-fA-F]{2}/);
  if (quote >= 0) return from + quote + 1;
  return length < 0 && bytes.length < HELD_BYTES_MAX ? "unknown" : "none";
}

/** Moves the escape at this place to a later one; what is in between moves up. */
function move(bytes: Buffer, at: number, to: number): void {
  const moved = Buffer.from(bytes.subarray(at, at + ESCAPE_BYTES));
  bytes.copyWithin(at, at + ESCAPE_BYTES, to);
  bytes.set(moved, to - ESCAPE_BYTES);
}

/** True for the start of an escape, of which less than the whole has arrived. */
function mayBecomeEscape(rest: Buffer): boolean {
  if (rest.length >= ESCAPE_BYTES) return false;
  return /^(?:\\(?:u.{0,3})?)?$/s.test(rest.toString("latin1"));
}
