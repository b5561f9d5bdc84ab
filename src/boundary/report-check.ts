/**
 * Checks every message from an agent's thread before it is used: the thread runs foreign code.
 * Main side only; loads the schema library.
 */

import { cutResult } from "../model/cut-result.ts";
import { EFFECT_VALUE_BYTES_MAX } from "../model/effect-states.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import { findJsonFault, wellFormedJson } from "../model/json-bounds.ts";
import { CONTEXT_BYTES_MAX, LOG_FIELDS_CHARS_MAX } from "../model/limits.ts";
import type { LlmUsage } from "../model/llm-call.ts";
import { parseJson } from "../model/parse-json.ts";
import { mapStack } from "./mapped-stack.ts";
import type {
  AnswerReport,
  EffectReport,
  EndedCall,
  LlmReport,
  LogReport,
  Report,
  StepReport,
} from "./protocol.ts";
import { refusal, validators } from "./report-schemas.ts";

/** Largest `details` of an error that is kept, in characters of JSON; larger ones are left out. */
const DETAILS_CHARS_MAX = 16_000;
/** Largest answer to a command, in characters of JSON: an error of the greatest length fits. */
const ANSWER_CHARS_MAX = 32_000;

/**
 * A message from a thread as a report that can be stored: a result that is too long is cut, text is made
 * well-formed, and details of an error or fields of a log line that are not JSON data, or too large, are
 * left out.
 * @throws {TroupeError} `AGENT_REPORT_INVALID` for any other message that is not a valid report.
 */
export function parseReport(message: unknown): Report {
  const kind = kindOf(message);
  const validator = validators[kind];
  if (!validator.Check(message)) throw invalid(describeFault(kind, validator.Errors(message)));
  const report = message as Report;
  switch (report.kind) {
    case "step":
      return parseStep(report);
    case "progress":
      return { ...report, text: report.text.toWellFormed() };
    case "failed":
      return { ...report, error: asStorable(report.error) };
    case "log":
      return withStorableFields(report);
    case "llm":
      checkArguments(report);
      return report;
    case "calls":
      return { ...report, calls: report.calls.map(parseCall) };
    case "effect":
      return parseEffect(report);
    case "answer":
      checkAnswer(report);
      return report;
    case "ask":
    case "recall":
    case "ready":
    case "settled":
    case "taken":
    case "ended":
      return report;
  }
}

/**
 * What a command returned in the thread: undefined if it was carried out, or the error with which it was
 * refused.
 * @throws {TroupeError} `AGENT_REPORT_INVALID` for anything else.
 */
export function parseRefusal(value: unknown): ErrorData | undefined {
  if (value === null) return undefined;
  if (refusal.Check(value)) return asStorable(value);
  throw invalid("the answer to a command must be null or an error with which it can be refused");
}

function kindOf(message: unknown): Report["kind"] {
  const kind = (message as { readonly kind?: unknown } | null | undefined)?.kind;
  if (typeof kind === "string" && Object.hasOwn(validators, kind)) return kind as Report["kind"];
  throw invalid(`kind must be one of ${Object.keys(validators).join(", ")}, got ${excerpt(kind)}`);
}

/** A thread refuses such a call itself, see llm-client.ts; this is for one that does not. */
function checkArguments({ request }: LlmReport): void {
  const fault = findJsonFault(request.args, "arguments", { mayHaveHalves: true });
  if (fault !== undefined) throw invalid(fault);
}

/** Comlink gets plain data alone: it would open a port that a message brings. */
function checkAnswer({ message }: AnswerReport): void {
  const bounds = { charsMax: ANSWER_CHARS_MAX, mayHaveHalves: true };
  const fault = findJsonFault(message, "answer", bounds);
  if (fault !== undefined) throw invalid(fault);
}

function parseStep(report: StepReport): StepReport {
  const { contextJson, result, error, subject, currentSubject, usage, calls } = report;
  return {
    ...report,
    calls: calls?.map(parseCall),
    contextJson: contextJson === null ? null : parseContext(contextJson),
    result: result === null ? null : cutResult(result),
    error: error === null ? null : asStorable(error),
    subject: subject?.toWellFormed() ?? null,
    currentSubject: currentSubject?.toWellFormed() ?? null,
    usage: usage && wellFormedUsage(usage),
  };
}

function wellFormedUsage(usage: LlmUsage): LlmUsage {
  return { ...usage, model: usage.model?.toWellFormed() ?? null };
}

function parseCall(call: EndedCall): EndedCall {
  const { valueJson, error, usage } = call;
  return {
    ...call,
    valueJson: parseValue(valueJson),
    error: error === null ? null : asStorable(error),
    usage: usage && wellFormedUsage(usage),
  };
}

function parseEffect(report: EffectReport): EffectReport {
  const { key, valueJson, error } = report;
  return {
    ...report,
    key: key.toWellFormed(),
    valueJson: parseValue(valueJson),
    error: error === null ? null : asStorable(error),
  };
}

/** As {@link parseContext}, for the result of an effect. */
function parseValue(valueJson: string | null): string | null {
  if (valueJson === null) return null;
  const value = parseJson(wellFormedJson(valueJson));
  const fault = value === undefined ? "value must be JSON text" : findJsonFault(value, "value");
  if (fault !== undefined) throw invalid(fault);
  const json = JSON.stringify(value);
  if (Buffer.byteLength(json) <= EFFECT_VALUE_BYTES_MAX) return json;
  throw invalid(`value must be at most ${EFFECT_VALUE_BYTES_MAX} bytes of JSON`);
}

/**
 * The text as it is stored. Its value is checked once, and not kept on the main thread. It is encoded
 * again, because a thread's own text may have a key twice and hide something unreadable under the first.
 */
function parseContext(contextJson: string): string {
  checkContextBytes(contextJson);
  const value = parseJson(wellFormedJson(contextJson));
  if (value === undefined) throw invalid(`context must be JSON text, got ${excerpt(contextJson)}`);
  const fault = findJsonFault(value, "context");
  if (fault !== undefined) throw invalid(fault);
  const json = JSON.stringify(value);
  checkContextBytes(json);
  return json;
}

function checkContextBytes(json: string): void {
  const bytes = Buffer.byteLength(json);
  if (bytes <= CONTEXT_BYTES_MAX) return;
  throw invalid(`context must be at most ${CONTEXT_BYTES_MAX} bytes of JSON, got ${bytes}`);
}

function asStorable({ details, ...rest }: ErrorData): ErrorData {
  const error: ErrorData = { ...rest, code: rest.code.toWellFormed() };
  error.message = error.message.toWellFormed();
  if (error.stack !== undefined) error.stack = mapStack(error.stack.toWellFormed());
  const stored = storable(details, DETAILS_CHARS_MAX);
  if (stored !== undefined) error.details = stored;
  return error;
}

function withStorableFields(report: LogReport): LogReport {
  const { fields, ...rest } = report;
  const stored = storable(fields, LOG_FIELDS_CHARS_MAX);
  return stored === undefined ? rest : { ...rest, fields: stored };
}

/**
 * The value as it can be stored, undefined if it cannot. Checks the bounds first: a value that is shared many
 * times in a message would have an endless text.
 */
function storable<V extends object>(value: V | undefined, charsMax: number): V | undefined {
  if (value === undefined) return undefined;
  if (findJsonFault(value, "value", { charsMax, mayHaveHalves: true }) !== undefined)
    return undefined;
  const json = JSON.stringify(value);
  if (json.length > charsMax) return undefined;
  const whole = wellFormedJson(json);
  return whole === json ? value : (parseJson(whole) as V);
}

function describeFault(
  kind: string,
  [first]: readonly { readonly instancePath: string; readonly message: string }[],
): string {
  const where = first?.instancePath.slice(1).replaceAll("/", ".") || "report";
  return `report of kind ${kind}: ${where} ${first?.message ?? "is not valid"}`;
}

function invalid(message: string): TroupeError {
  return new TroupeError("AGENT_REPORT_INVALID", message);
}
