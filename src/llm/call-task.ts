/** One model call as an agent makes it and as the pool receives it, and the pool's report of its end. */

import type { MessagePort } from "node:worker_threads";
import type { ErrorCode } from "../model/error-codes.ts";
import type { LlmRequest, LlmUsage } from "../model/llm-call.ts";
import type { ModelClient } from "./model-client.ts";
import type { OwnTask } from "./prompts/own-prompts.ts";
import type { OnPartial } from "./tap.ts";

/** A call as an agent makes it. */
export interface LlmCall {
  readonly request: LlmRequest;
  /** Receives the answer. */
  readonly port: MessagePort;
  /** Called when the call is made; returns the receiver of its partials, if there is one. */
  readonly watch?: () => OnPartial;
}

export interface CallTask {
  readonly request: LlmRequest;
  /** The call's own port: it carries the answer, and its close aborts the call. */
  readonly port: MessagePort;
  /** Receives partials too, if the agent is watched. */
  readonly tapPort?: MessagePort | undefined;
  /** The fleet's client. */
  readonly client: ModelClient;
  /** Undefined if there are no own functions. */
  readonly own?: OwnTask | undefined;
  /** Name of the broadcast channel: any message on it aborts all calls. */
  readonly abortChannel: string;
}

export interface CallEnd {
  /** Null for an answered call. */
  readonly code: ErrorCode | null;
  readonly usage: LlmUsage;
}
