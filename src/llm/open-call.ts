/** A model call on the main thread: what its agent wants, and its port while the call waits. */

import type { MessagePort } from "node:worker_threads";
import type { ErrorCode } from "../model/error-codes.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import type { LlmReply, LlmRequest, LlmUsage } from "../model/llm-call.ts";
import type { ModelChoice, Models } from "./models.ts";
import type { OwnTask } from "./prompts/own-prompts.ts";
import type { OnPartial } from "./tap.ts";

/** A call as an agent makes it. */
export interface LlmCall {
  readonly request: LlmRequest;
  /** Receives the answer. */
  readonly port: MessagePort;
  /** Agents have turns, see {@link FairQueue}. */
  readonly agentId?: string;
  /** The models that the agent and its type name. */
  readonly choice?: Pick<ModelChoice, "agent" | "type"> | undefined;
  /** True while the agent is to pause. */
  readonly isPausing?: () => boolean;
  /** True while the agent's setup runs, which has no time to wait for a repair. */
  readonly isStarting?: () => boolean;
  /** Called when the call is made; returns the receiver of its partials, if there is one. */
  readonly watch?: () => OnPartial;
  /** Called with the tokens of each attempt that has ended. */
  readonly onUsage?: ((usage: LlmUsage) => void) | undefined;
}

const noUsage: LlmUsage = { model: null, input_tokens: null, output_tokens: null };

export class OpenCall {
  readonly call: LlmCall;
  /** When it was made, on the clock of `performance.now()`. */
  readonly since = performance.now();
  /** The models from which those that may answer it were chosen; undefined until that was done. */
  models: Models | undefined;
  /** What the chosen models are given of own BAML files. */
  own: OwnTask | undefined;
  /** Why its last attempt failed. */
  error: ErrorData | undefined;
  /** Comes back from the pool with each attempt. */
  #port: MessagePort;
  /** Listens while the call waits. */
  #onClose: (() => void) | undefined;
  /** When its agent was first seen to pause. */
  #pausingSince: number | undefined;

  constructor(call: LlmCall) {
    this.call = call;
    this.#port = call.port;
  }

  get agentId(): string {
    return this.call.agentId ?? "";
  }

  /** The port, to be passed on. */
  get port(): MessagePort {
    return this.#port;
  }

  /** The call waits: `onClose` is called if its port closes. */
  listen(onClose: () => void): void {
    this.#onClose = onClose;
    this.#port.on("close", onClose);
    // An unread message would hold up the close event behind it.
    this.#port.start();
  }

  stopListening(): void {
    if (this.#onClose !== undefined) this.#port.off("close", this.#onClose);
    this.#onClose = undefined;
  }

  /** An attempt has failed, and its port is back. */
  takeBack(port: MessagePort, error: ErrorData): void {
    this.#port = port;
    this.error = error;
  }

  /** Milliseconds for which its agent is known to pause. */
  pausingMs(now: number): number {
    if (this.call.isPausing?.() !== true) this.#pausingSince = undefined;
    else this.#pausingSince ??= now;
    return now - (this.#pausingSince ?? now);
  }

  /** Answers it without an attempt. */
  refuse(code: ErrorCode, message: string): void {
    this.fail(toErrorData(new TroupeError(code, message)));
  }

  /** Does nothing on a port that was passed on or is closed. */
  fail(error: ErrorData, usage: LlmUsage = noUsage): void {
    this.#port.postMessage({ kind: "failed", error, usage } satisfies LlmReply);
    this.#port.close();
  }
}
