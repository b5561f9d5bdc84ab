/** The return value of a step as text of bounded length, ready to be stored. */

import type { StepResult } from "../agents/define-agent.ts";
import { cutResult } from "../model/cut-result.ts";
import { TroupeError } from "../model/errors.ts";
import { wellFormedJson } from "../model/json-bounds.ts";
import { findJsonLoss } from "../model/json-loss.ts";
import { TIME_MS_MAX } from "../model/limits.ts";
import type { NextStep } from "../model/next-step.ts";
import { areSeconds } from "../model/plausible-ms.ts";
import { findMisspeltField } from "./misspelt-field.ts";

/** `context` is undefined if the step returned none. */
export interface ReadResult {
  readonly result: string;
  readonly context: unknown;
  readonly isDone: boolean;
  readonly next: NextStep;
  /** Milliseconds within which the next step is due even if the wall clock is set back; null if a time was named. */
  readonly withinMs: number | null;
}

/**
 * @param now milliseconds since the epoch
 * @throws {TroupeError} `AGENT_REPORT_INVALID` for a value that is not a result or cannot become text.
 */
export function readStepResult(returned: StepResult<unknown>, now: number): ReadResult {
  const fault = faultOf(returned);
  if (fault !== undefined) {
    throw invalid(`step must return an object { result, context?, done?, next? }, got ${fault}`);
  }
  const { result, context, done, next } = returned;
  const due = toNextStep(next, now);
  return { result: toText(result), context, isDone: isDone(done), ...due };
}

const FIELDS = ["result", "context", "done", "next"];
/** `result` and `context` are looked for, not `done` and `next`. */
const SHORT_MIN = 6;

/** A `contxt` would be lost, and nothing would report it. */
function faultOf(returned: unknown): string | undefined {
  if (returned === undefined) return "undefined: is a return missing?";
  if (returned === null) return "null";
  if (typeof returned !== "object") return `a ${typeof returned}`;
  if (Array.isArray(returned)) return "an array";
  if (ArrayBuffer.isView(returned)) return "bytes";
  if (isGenerator(returned)) return "a generator: step must be a function without *";
  const misspelt = findMisspeltField(returned, FIELDS, SHORT_MIN);
  return misspelt === undefined ? undefined : `one with the unknown field ${misspelt}`;
}

function isGenerator(returned: object): boolean {
  const isIterator = Symbol.asyncIterator in returned || Symbol.iterator in returned;
  return isIterator && "next" in returned && typeof returned.next === "function";
}

/** Any other value could mean either: an agent that should end would run on, or the reverse. */
function isDone(done: unknown): boolean {
  if (typeof done === "boolean") return done;
  if (done === undefined || done === null) return false;
  throw invalid(`done must be true or false, got ${typeof done}`);
}

function toNextStep(next: unknown, now: number): Pick<ReadResult, "next" | "withinMs"> {
  if (next === undefined || next === null) return { next: null, withinMs: null };
  if (next === "guidance") return { next, withinMs: null };
  const loss = findJsonLoss(next, "next");
  if (loss !== undefined) throw invalid(`${loss}; ${NEXT_FORMS}`);
  if (typeof next !== "object" || Array.isArray(next)) {
    throw invalid(`${NEXT_FORMS}, got ${JSON.stringify(next)}`);
  }
  const { at, afterMs } = next as { readonly at?: unknown; readonly afterMs?: unknown };
  if ((at === undefined) === (afterMs === undefined)) {
    throw invalid(`${NEXT_FORMS}, got an object with ${at === undefined ? "neither" : "both"}`);
  }
  if (at !== undefined) return { next: toTime(at), withinMs: null };
  const withinMs = toMs("next.afterMs", afterMs, TIME_MS_MAX - now);
  return { next: now + withinMs, withinMs };
}

const NEXT_FORMS = 'next must be { at }, { afterMs } or "guidance"';

/** A time in seconds has passed: the agent would take a step after the other without a pause. */
function toTime(at: unknown): number {
  const time = toMs("next.at", at, TIME_MS_MAX);
  if (!areSeconds(time)) return time;
  throw invalid(`next.at must be in milliseconds since the epoch, got ${time}, which are seconds`);
}

function toMs(path: string, value: unknown, max: number): number {
  if (typeof value === "number" && value >= 0 && value <= max) return Math.ceil(value);
  throw invalid(
    `${path} must be a number of milliseconds from 0 to ${max}, got ${JSON.stringify(value)}`,
  );
}

function toText(result: unknown): string {
  if (typeof result === "string") return cutResult(result);
  let text: string | undefined;
  try {
    text = JSON.stringify(result);
  } catch (cause) {
    throw invalid("result must be text or a value that JSON.stringify takes", cause);
  }
  const loss = text === undefined ? undefined : findJsonLoss(result, "result");
  if (loss !== undefined) throw invalid(`${loss}; a result must be text or JSON data`);
  if (text !== undefined) return cutResult(wellFormedJson(text));
  throw invalid(`result must be text or a value that JSON.stringify takes, got ${typeof result}`);
}

function invalid(message: string, cause?: unknown): TroupeError {
  return new TroupeError("AGENT_REPORT_INVALID", message, { cause });
}
