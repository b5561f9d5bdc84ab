/**
 * Makes foreign text harmless to print. Results, ids, errors and log lines come from models, agents and
 * foreign writers: they must not move the cursor, colour the screen, change the direction of the text or
 * forge a line.
 */

import { stripVTControlCharacters } from "node:util";

/** Marks that change the direction of text. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** The text on one line; line breaks and other control characters become a space, half a character U+FFFD. */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replace(DIRECTION_MARKS, "")
    .replace(CONTROLS, " ")
    .trimEnd();
}

/** The same, line by line. */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plainLine).join("\n");
}

/** JSON text without any of these needs no cleaning: its controls are escaped as `\u…` or `\n`. */
const SUSPICIOUS = /[\\\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
/** A frame of a stack, as V8 writes it. */
const FRAME = /^\s+at /;
/** In front of a stack's line that is not a frame and could forge a line of the log. */
const CONTINUED = "| ";

/**
 * One line of the log as it leaves pino, cleaned under all keys, for the terminal and for JSON. Only a
 * stack keeps its line breaks.
 */
export function cleanLogLine(json: string): string {
  if (!SUSPICIOUS.test(json)) return json;
  try {
    return `${JSON.stringify(JSON.parse(json), (key, value: unknown) => clean(key, value))}\n`;
  } catch {
    // Never, but logging must not fail.
    return `${plainLine(json)}\n`;
  }
}

function clean(key: string, value: unknown): unknown {
  if (typeof value === "string") return key === "stack" ? cleanStack(value) : plainLine(value);
  return hasHarmfulKey(value) ? withPlainKeys(value) : value;
}

function cleanStack(stack: string): string {
  const [first = "", ...rest] = stack.split(/\r\n|[\n\r\u0085\u2028\u2029]/);
  return [plainLine(first), ...rest.map(plainLine).map(markContinued)].join("\n");
}

function markContinued(line: string): string {
  return FRAME.test(line) ? line : `${CONTINUED}${line}`;
}

/** Agents name fields too. */
function hasHarmfulKey(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.keys(value).some((key) => plainLine(key) !== key);
}

function withPlainKeys(fields: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields).map(([key, value]) => {
    const plain = plainLine(key);
    // Without its marks it may be the name of the line's level, time or agent.
    const isTaken = plain !== key && Object.hasOwn(fields, plain);
    return [isTaken ? `_${plain}` : plain, value];
  });
  return Object.fromEntries(entries);
}
