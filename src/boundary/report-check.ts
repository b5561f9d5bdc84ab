/**
 * Checks every message from an agent's thread before it is used: the thread runs foreign code.
 * Main side only; loads the schema library.
 */

import { MessagePort } from "node:worker_threads";
import Type from "typebox";
import { Compile } from "typebox/compile";
import { cutResult } from "../model/cut-result.ts";
import { ErrorData } from "../model/error-data.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import { findJsonFault, wellFormedJson } from "../model/json-bounds.ts";
import {
  CONTEXT_BYTES_MAX,
  GUIDANCE_ENTRIES_MAX,
  LOG_FIELDS_CHARS_MAX,
  LOG_MESSAGE_CHARS_MAX,
  MODEL_CHARS_MAX,
  PROGRESS_CHARS_MAX,
  SUBJECT_CHARS_MAX,
  TIME_MS_MAX,
} from "../model/limits.ts";
import { parseJson } from "../model/parse-json.ts";
import { stepStatuses } from "../model/rows/agent-step-row.ts";
import { orNull } from "../model/schema-parts.ts";
import { mapStack } from "./mapped-stack.ts";
import type { AnswerReport, LlmReport, LogReport, Report, StepReport } from "./protocol.ts";

/** Largest `details` of an error that is kept, in characters of JSON; larger ones are left out. */
const DETAILS_CHARS_MAX = 16_000;
/** Largest answer to a command, in characters of JSON: an error of the greatest length fits. */
const ANSWER_CHARS_MAX = 32_000;
/** Codes with which a thread may refuse a command; others would have a meaning to the dispatcher. */
const refusalCodes = ["GUIDANCE_LIMIT", "INTERNAL"] as const;
/** Longest name of a BAML function or of a model, in characters. */
const NAME_CHARS_MAX = 256;

const closed = { additionalProperties: false } as const;
/** No more than a column holds: 1e300 is a whole number, too. */
const Serial = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Time = Type.Number({ minimum: 0, maximum: TIME_MS_MAX });
const DueTime = Type.Integer({ minimum: 0, maximum: TIME_MS_MAX });
const Subject = orNull(Type.String({ maxLength: SUBJECT_CHARS_MAX }));
const Fields = Type.Record(Type.String(), Type.Unknown());
const ActionIds = Type.Array(Type.String(), { maxItems: GUIDANCE_ENTRIES_MAX });
const Port = Type.Refine(Type.Unknown(), (value) => value instanceof MessagePort);

const Usage = Type.Object(
  {
    model: orNull(Type.String({ maxLength: MODEL_CHARS_MAX })),
    input_tokens: orNull(Serial),
    output_tokens: orNull(Serial),
  },
  closed,
);

const Step = Type.Object(
  {
    kind: Type.Literal("step"),
    iteration: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    status: Type.Enum([...stepStatuses]),
    subject: Subject,
    result: orNull(Type.String()),
    error: orNull(ErrorData),
    usage: orNull(Usage),
    startedAt: Time,
    endedAt: Time,
    contextJson: orNull(Type.String({ maxLength: CONTEXT_BYTES_MAX })),
    currentSubject: Subject,
    guidanceUsed: ActionIds,
    guidanceFailed: Type.Optional(ActionIds),
    isDone: Type.Optional(Type.Boolean()),
    next: orNull(Type.Union([DueTime, Type.Literal("guidance")])),
  },
  closed,
);

const Progress = Type.Object(
  {
    kind: Type.Literal("progress"),
    iteration: Serial,
    text: Type.String({ maxLength: PROGRESS_CHARS_MAX }),
    fraction: orNull(Type.Number({ minimum: 0, maximum: 1 })),
    at: Time,
  },
  closed,
);

const Llm = Type.Object(
  {
    kind: Type.Literal("llm"),
    request: Type.Object(
      {
        function: Type.String({ minLength: 1, maxLength: NAME_CHARS_MAX }),
        args: Fields,
        wantsPartials: Type.Boolean(),
        model: Type.Optional(Type.String({ maxLength: NAME_CHARS_MAX })),
      },
      closed,
    ),
    port: Port,
  },
  closed,
);

const Log = Type.Object(
  {
    kind: Type.Literal("log"),
    level: Type.Union(
      (["debug", "info", "warn", "error"] as const).map((level) => Type.Literal(level)),
    ),
    message: Type.String({ maxLength: LOG_MESSAGE_CHARS_MAX }),
    fields: Type.Optional(Fields),
  },
  closed,
);

const phases = ["load", "config", "setup", "interrupt", "step", "stop"] as const;
const Failed = Type.Object(
  {
    kind: Type.Literal("failed"),
    phase: Type.Union(phases.map((phase) => Type.Literal(phase))),
    error: ErrorData,
  },
  closed,
);

const Ended = Type.Object(
  {
    kind: Type.Literal("ended"),
    reason: Type.Enum(["stopped", "finished", "rested"]),
  },
  closed,
);

const Answer = Type.Object({ kind: Type.Literal("answer"), message: Type.Unknown() }, closed);
const Refusal = Compile(
  Type.Intersect([ErrorData, Type.Object({ code: Type.Enum([...refusalCodes]) })]),
);

const validators = {
  answer: Compile(Answer),
  ready: Compile(Type.Object({ kind: Type.Literal("ready") }, closed)),
  settled: Compile(Type.Object({ kind: Type.Literal("settled"), desiredVersion: Serial }, closed)),
  step: Compile(Step),
  progress: Compile(Progress),
  llm: Compile(Llm),
  log: Compile(Log),
  ended: Compile(Ended),
  failed: Compile(Failed),
} as const satisfies Record<Report["kind"], unknown>;

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
    case "answer":
      checkAnswer(report);
      return report;
    case "ready":
    case "settled":
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
  if (Refusal.Check(value)) return asStorable(value);
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
  const { contextJson, result, error, subject, currentSubject, usage } = report;
  return {
    ...report,
    contextJson: contextJson === null ? null : parseContext(contextJson),
    result: result === null ? null : cutResult(result),
    error: error === null ? null : asStorable(error),
    subject: subject?.toWellFormed() ?? null,
    currentSubject: currentSubject?.toWellFormed() ?? null,
    usage: usage && { ...usage, model: usage.model?.toWellFormed() ?? null },
  };
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
  if (details !== undefined && isStorable(details, DETAILS_CHARS_MAX)) error.details = details;
  return error;
}

function withStorableFields(report: LogReport): LogReport {
  if (report.fields === undefined || isStorable(report.fields, LOG_FIELDS_CHARS_MAX)) return report;
  const { fields: _leftOut, ...rest } = report;
  return rest;
}

/** Checks the bounds first: a value that is shared many times in a message would have an endless text. */
function isStorable(value: unknown, charsMax: number): boolean {
  if (findJsonFault(value, "value", { charsMax }) !== undefined) return false;
  return JSON.stringify(value).length <= charsMax;
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
