/** One model call as the pool receives it, and the pool's report of its end. */

import type { MessagePort } from "node:worker_threads";
import type { ErrorCode } from "../model/error-codes.ts";
import type { LlmRequest, LlmUsage } from "../model/llm-call.ts";
import type { ModelClient } from "./model-client.ts";

export interface CallTask {
  readonly request: LlmRequest;
  /** The call's own port: it carries the answer, and its close aborts the call. */
  readonly port: MessagePort;
  /** Receives partials too, if the agent is watched. */
  readonly tapPort?: MessagePort | undefined;
  readonly client: ModelClient;
  /** Name of the broadcast channel: any message on it aborts all calls. */
  readonly abortChannel: string;
}

export interface CallEnd {
  /** Null for an answered call. */
  readonly code: ErrorCode | null;
  readonly usage: LlmUsage;
}
