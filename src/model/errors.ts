/**
 * The class of all errors with a stable code, and their form as data between threads.
 * Invariant: loads no schema library and not the registry of codes, because every agent's thread loads
 * this file.
 */

import { cutText } from "./cut-text.ts";
import { defined } from "./defined.ts";
import type { ErrorCode } from "./error-codes.ts";
import type { ErrorData } from "./error-data.ts";

/** Names the thing concerned: ids, expected and given values. Must survive `JSON.stringify`. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** Marks the class in every bundle that has a copy of it. */
const brand = Symbol.for("troupe.error");

/** An error with a stable code. The message names the subject, the expected value and the given one. */
export class TroupeError extends Error {
  /** An agent's module and the thread that runs it each have a copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const isInstance = Function.prototype[Symbol.hasInstance];
    // biome-ignore lint/complexity/noThisInStatic: a class derived from this one has its own instances
    if (this !== TroupeError) return isInstance.call(this, value);
    return value instanceof Error && brand in value;
  }

  override readonly name = "TroupeError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: TroupeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

Object.defineProperty(TroupeError.prototype, brand, { value: true });

interface TroupeErrorOptions {
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/** Longest message and longest stack kept of an error, in characters; the rest is cut. */
const ERROR_MESSAGE_MAX = 2_000;
const ERROR_STACK_MAX = 8_000;
/** Longest code that is kept; ours are shorter. */
const ERROR_CODE_MAX = 100;

/**
 * Turns any thrown value into data. Anything that is not a {@link TroupeError} gets `fallback` as its
 * code, because the code of a foreign error promises nothing. Never throws, not even for objects whose
 * getters do.
 */
export function toErrorData(thrown: unknown, fallback: ErrorCode = "INTERNAL"): ErrorData {
  const { message, stack } = describeThrown(thrown);
  const { code, details } = describeOurs(thrown) ?? { code: fallback, details: {} };
  return {
    code,
    message: cutText(message, ERROR_MESSAGE_MAX).toWellFormed(),
    ...defined({
      stack: stack === undefined ? undefined : cutText(stack, ERROR_STACK_MAX).toWellFormed(),
      details: Object.keys(details).length > 0 ? details : undefined,
    }),
  };
}

/** The message of an error, or any other thrown value as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Code and details of one of our errors; undefined for any other, and for one that cannot be read. */
function describeOurs(thrown: unknown): { code: string; details: ErrorDetails } | undefined {
  try {
    if (!(thrown instanceof TroupeError)) return undefined;
    const code = String(thrown.code).slice(0, ERROR_CODE_MAX).toWellFormed();
    return { code, details: plainDetails(thrown.details) };
  } catch {
    return undefined;
  }
}

/** Agents' code throws our errors, too, with any details. */
function plainDetails(details: unknown): ErrorDetails {
  try {
    return Object(JSON.parse(JSON.stringify(details ?? {}))) as ErrorDetails;
  } catch {
    return {};
  }
}

/**
 * The inverse of {@link toErrorData} for a code that is known to be one of ours; `fromErrorData` takes
 * any other.
 */
export function reviveError(data: ErrorData & { readonly code: ErrorCode }): TroupeError {
  const error = new TroupeError(data.code, data.message, { details: data.details ?? {} });
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}

function describeThrown(thrown: unknown): { message: string; stack?: string } {
  try {
    if (!(thrown instanceof Error)) return { message: `thrown: ${describeValue(thrown)}` };
    const cause = thrown.cause instanceof Error ? ` (${thrown.cause.message})` : "";
    const message = `${String(thrown.message)}${cause}`;
    return typeof thrown.stack === "string" ? { message, stack: thrown.stack } : { message };
  } catch {
    return { message: "thrown: something that cannot be read" };
  }
}

/** Of an object that says only `[object Object]`, its own fields; inner ones may be a request with its keys. */
function describeValue(thrown: unknown): string {
  const text = String(thrown);
  if (text !== "[object Object]") return text;
  const isInner = (value: unknown) => typeof value === "object" && value !== null;
  const shallow = (_name: string, value: unknown) =>
    value !== thrown && isInner(value) ? "…" : value;
  return JSON.stringify(thrown, shallow) ?? text;
}
