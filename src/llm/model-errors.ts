/**
 * Converts what BAML throws to an error with one of our codes. Pure.
 * Invariant: no message of BAML is passed on. They hold the whole prompt, and the provider's answer,
 * which may quote the key. Messages are built here from a few known parts.
 */

import { cutText } from "../model/cut-text.ts";
import type { ErrorCode } from "../model/error-codes.ts";
import type { ErrorData } from "../model/error-data.ts";
import { type ErrorDetails, messageOf, TroupeError } from "../model/errors.ts";
import { RETRY_AFTER_DETAIL } from "../model/llm-call.ts";
import { parseJsonObject } from "../model/parse-json.ts";
import { argumentFaults, mediaFault } from "./argument-faults.ts";
import { readGrantedRates } from "./governor/granted-rates.ts";
import { REFUSALS_ALONE_MAX } from "./governor/refusals.ts";
import { findSaidError, readReason, type SaidError } from "./said-error.ts";
import { withoutKeys, withoutQuotes } from "./unquoted.ts";

/** The known facts of the call that failed. */
export interface FailedCall {
  readonly function: string;
  /** The model, for messages. */
  readonly model: string;
  readonly args: unknown;
  /** Texts that no message may contain. */
  readonly secrets: readonly string[];
  readonly isAborted: boolean;
  /** Why the relay ended the call, if it did; BAML does not know. */
  readonly fault?: { readonly code: ErrorCode; readonly what: string } | undefined;
  /** What an answer without an error's status said: its body, or the data of its events, oldest first. */
  readonly said: readonly string[];
  /** Headers of the answer, if there was one; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Longest part of a message from the provider or from BAML, in characters. */
const REASON_CHARACTERS_MAX = 200;

/** The error for whatever a call threw. Never throws. */
export function toModelError(thrown: unknown, call: FailedCall): TroupeError {
  if (call.isAborted) return new TroupeError("LLM_ABORTED", `${call.function} was aborted`);
  if (call.fault !== undefined) return failed(call, call.fault.code, call.fault.what);
  if (thrown instanceof TroupeError) return thrown;
  const fault = readFault(thrown);
  switch (fault.type) {
    case "BamlAbortError":
      return new TroupeError("LLM_ABORTED", `${call.function} was aborted`);
    case "BamlTimeoutError":
      return failed(call, "LLM_TIMEOUT", "did not answer in time");
    case "BamlInvalidArgumentError":
      return wrongArguments(
        call,
        argumentFaults(fault.message) ?? "they do not fit its parameters",
      );
    case "BamlValidationError":
      return (
        wrongMedia(call, fault) ??
        failed(call, "LLM_ANSWER_INVALID", "gave an answer that the function cannot return")
      );
    case "BamlClientFinishReasonError":
      return cutAnswer(call.model, fault.finishReason);
    case "BamlClientHttpError":
      return wrongMedia(call, fault) ?? httpError(call, fault);
    case "":
      return failed(call, "INTERNAL", "could not be called");
  }
}

/** The error for an answer that the provider marks as incomplete, or does not mark as complete. */
export function cutAnswer(model: string, finishReason: string | null): TroupeError {
  const reason =
    finishReason === null
      ? "its stream ended without an end mark"
      : `finish reason ${JSON.stringify(cutText(finishReason, 40))}`;
  return new TroupeError("LLM_ANSWER_INVALID", `${model} was cut off: ${reason}`, {
    details: { model, finish_reason: finishReason },
  });
}

/** The error for an answer that says itself that it failed, such as a stream's last event in an overload. */
export function saidError(call: FailedCall, { kind, message }: SaidError): TroupeError {
  const reason = shownReason(message, call);
  return failed(call, saidCodes[kind], `answered with an error${reason && `: ${reason}`}`);
}

const saidCodes = {
  limited: "LLM_RATE_LIMITED",
  failed: "LLM_UNAVAILABLE",
  refused: "LLM_REFUSED",
} as const satisfies Record<SaidError["kind"], ErrorCode>;

/** The error for a call that its provider refuses each time while it answers others; another error stays. */
export function refusedAlone(error: ErrorData): ErrorData {
  if (error.code !== ("LLM_RATE_LIMITED" satisfies ErrorCode)) return error;
  const times = `${REFUSALS_ALONE_MAX} times while other calls were answered`;
  return { ...error, code: "LLM_REFUSED", message: `${error.message} (${times})` };
}

const faultTypes = [
  "BamlAbortError",
  "BamlTimeoutError",
  "BamlInvalidArgumentError",
  "BamlValidationError",
  "BamlClientFinishReasonError",
  "BamlClientHttpError",
] as const;

interface Fault {
  /** Empty if BAML has no name for it. */
  readonly type: (typeof faultTypes)[number] | "";
  readonly message: string;
  /** Below 100 it is BAML's own code for an answer that it could not read. */
  readonly status: number;
  readonly finishReason: string | null;
  /** Body of the provider's answer. */
  readonly body: string;
}

/**
 * BAML's errors are JSON in the message, or text that begins with the names of their classes. BAML's own
 * classification also finds those names in the prompt that the message quotes.
 */
function readFault(thrown: unknown): Fault {
  const text = messageOf(thrown);
  const json = parseJsonObject(text);
  const names = json === undefined ? (/^(?:\w+: )+/.exec(text)?.[0] ?? "") : String(json["type"]);
  const status = Number(json?.["status_code"]);
  const finishReason = json?.["finish_reason"];
  return {
    type: faultTypes.findLast((type) => names.includes(type)) ?? "",
    message: String(json?.["message"] ?? text),
    status: Number.isNaN(status) ? 0 : status,
    finishReason: typeof finishReason === "string" ? finishReason : null,
    body: String(json?.["raw_response"] ?? ""),
  };
}

function httpError(call: FailedCall, fault: Fault): TroupeError {
  const { status } = fault;
  const reason = shownReason(readReason(fault.body), call);
  const answered = `answered ${status}${reason === "" ? "" : `: ${reason}`}`;
  if (status === 429) {
    const { retryAfterMs } = readGrantedRates(call.headers, call.now);
    const details = retryAfterMs === undefined ? {} : { [RETRY_AFTER_DETAIL]: retryAfterMs };
    return failed(call, "LLM_RATE_LIMITED", answered, { status, ...details });
  }
  if (status === 408) return failed(call, "LLM_TIMEOUT", "did not answer in time", { status });
  if (status >= 400 && status < 500) return failed(call, "LLM_REFUSED", answered, { status });
  const transport = transportError.exec(fault.message)?.[1];
  const cause = transport === undefined ? undefined : connectionCause(transport);
  if (cause === "timed out") return failed(call, "LLM_TIMEOUT", "did not answer in time");
  if (cause !== undefined && /^\{ kind: (?:Request|Connect)\b/.test(transport ?? "")) {
    return failed(call, "LLM_UNAVAILABLE", `was not reached: ${cause}`);
  }
  if (status >= 500) return failed(call, "LLM_UNAVAILABLE", answered, { status });
  const said = findSaidError([...call.said, fault.body]);
  if (said !== undefined) return saidError(call, said);
  return failed(call, "LLM_ANSWER_INVALID", "gave an answer that was cut off or is not understood");
}

/** BAML's words for a connection that failed. Any other message quotes the prompt and the answer. */
const transportError = /^(?:\w+: )*(?:[A-Z][a-z ]+: )?reqwest::Error (\{.*)/s;

/** The provider's message without secrets and arguments. */
function shownReason(message: string, { args, secrets }: FailedCall): string {
  // Of a quotation that is cut off little is left to be recognised.
  const said = clean(message, secrets, 2 * REASON_CHARACTERS_MAX);
  return cutText(withoutQuotes(said, args), REASON_CHARACTERS_MAX);
}

/** The network's error as one of a few known texts. */
function connectionCause(message: string): string {
  const causes: readonly (readonly [RegExp, string])[] = [
    [/TimedOut|timed out/, "timed out"],
    [/Connection refused/, "connection refused"],
    [/dns error|failed to lookup/, "its name was not found"],
    [/certificate|InvalidCertificate|tls|ssl/i, "no secure connection could be made"],
    [/unreachable/i, "its network is unreachable"],
  ];
  return causes.find(([pattern]) => pattern.test(message))?.[1] ?? "the connection broke";
}

function wrongMedia(call: FailedCall, { message }: Fault): TroupeError | undefined {
  const problem = mediaFault(message);
  return problem === undefined ? undefined : wrongArguments(call, problem);
}

function wrongArguments(call: FailedCall, problem: string): TroupeError {
  return new TroupeError(
    "LLM_ARGUMENTS_INVALID",
    `${call.function} cannot take these arguments: ${clean(problem, call.secrets)}`,
    { details: { function: call.function } },
  );
}

function failed(
  call: FailedCall,
  code: ErrorCode,
  what: string,
  details: ErrorDetails = {},
): TroupeError {
  return new TroupeError(code, `${call.model} ${what}`, {
    details: { function: call.function, model: call.model, ...details },
  });
}

/** One line, short, without secrets. */
function clean(text: string, secrets: readonly string[], max = REASON_CHARACTERS_MAX): string {
  const line = text.slice(0, SEARCHED_CHARACTERS_MAX).replace(/[\s\p{Cc}]+/gu, " ");
  return cutText(withoutKeys(line.trim(), secrets), max);
}

/** What follows is not shown anyway, unless a key as long as that comes before it. */
const SEARCHED_CHARACTERS_MAX = 10_000;
