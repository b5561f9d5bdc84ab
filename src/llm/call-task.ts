/** One model call as the pool receives it, and the pool's report of its end. */

import type { MessagePort } from "node:worker_threads";
import type { ErrorCode } from "../model/error-codes.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { LlmRequest, LlmUsage } from "../model/llm-call.ts";
import type { AnswerHeaders } from "./governor/granted-rates.ts";
import type { CallOutcome } from "./governor/quota.ts";
import type { ModelClient } from "./model-client.ts";
import type { OwnTask } from "./prompts/own-prompts.ts";

export interface CallTask {
  readonly request: LlmRequest;
  /** The call's own port: it carries the answer, and its close aborts the call. */
  readonly port: MessagePort;
  /** Receives partials too, if the agent is watched. */
  readonly tapPort?: MessagePort | undefined;
  readonly client: ModelClient;
  /** Undefined for a built-in function. */
  readonly own?: OwnTask | undefined;
  /** Name of the broadcast channel: any message on it aborts all calls. */
  readonly abortChannel: string;
}

export interface CallEnd {
  /** Null for an answered call. */
  readonly code: ErrorCode | null;
  readonly usage: LlmUsage;
  /** Headers about the provider's limits. */
  readonly rateHeaders: AnswerHeaders;
  /**
   * Set if the call may be made again, by another model or later: it failed with one of
   * {@link passingCodes}, and no piece of an answer was sent. Then the caller still waits at the port.
   */
  readonly again?: { readonly port: MessagePort; readonly error: ErrorData } | undefined;
}

/** Failures of a provider, not of the call: 429, 5xx, no connection, timeouts. */
const passingCodes: ReadonlySet<string> = new Set<ErrorCode>([
  "LLM_RATE_LIMITED",
  "LLM_UNAVAILABLE",
  "LLM_TIMEOUT",
]);

export function isPassing(code: ErrorCode): boolean {
  return passingCodes.has(code);
}

/** What the end of a call shows about its provider. */
export function outcomeOf({ code, usage, again }: CallEnd): CallOutcome {
  switch (code) {
    case "LLM_ABORTED":
      return { kind: "aborted" };
    case "LLM_RATE_LIMITED":
      return { kind: "limited" };
    case "LLM_UNAVAILABLE":
    case "LLM_TIMEOUT":
      return { kind: "failed", reason: again?.error.message ?? "it broke off in mid-answer" };
    default: {
      const { input_tokens: input, output_tokens: output } = usage;
      const tokens = input === null && output === null ? null : (input ?? 0) + (output ?? 0);
      return { kind: "answered", tokens };
    }
  }
}
