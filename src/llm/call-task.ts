/** One model call as it goes into the pool, and what the pool says of it when it is over. */

import type { MessagePort } from "node:worker_threads";
import type { ErrorCode } from "../model/error-codes.ts";
import type { LlmRequest, LlmUsage } from "../model/llm-call.ts";
import type { ModelClient } from "./providers.ts";

export interface CallTask {
  readonly request: LlmRequest;
  /** The call's own port: the answer goes there, and when it closes the call is aborted. */
  readonly port: MessagePort;
  /** Partials go there, too, where somebody watches the agent. */
  readonly tapPort?: MessagePort | undefined;
  readonly client: ModelClient;
  /** Name of the broadcast channel on which any message aborts all calls. */
  readonly abortChannel: string;
}

export interface CallEnd {
  /** Null for a call that was answered. */
  readonly code: ErrorCode | null;
  readonly usage: LlmUsage;
}
