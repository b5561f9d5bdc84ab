/**
 * The pool's end of a call's port: it sends the answer, and when the other end closes, because the agent
 * ended or aborted the call, it aborts the call.
 */

import type { MessagePort } from "node:worker_threads";
import type { LlmReply } from "../model/llm-call.ts";
import { PartialSender } from "./partial-sender.ts";

/** Milliseconds between two partials. */
const PARTIAL_INTERVAL_MS = 50;

export class CallPort {
  readonly #port: MessagePort;
  readonly #onClose = () => this.abort();
  /** One for each call: BAML never removes its listeners. */
  readonly #controller = new AbortController();
  readonly #partials: PartialSender;
  #hasEnded = false;

  constructor(port: MessagePort) {
    this.#port = port;
    this.#partials = new PartialSender({
      intervalMs: PARTIAL_INTERVAL_MS,
      send: (value) => port.postMessage({ kind: "partial", value } satisfies LlmReply),
    });
    port.on("close", this.#onClose);
    // An unread message would hold up the close event behind it.
    port.start();
  }

  /** Fires when the answer is no longer needed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(): void {
    if (!this.#hasEnded) this.#controller.abort();
  }

  /** Sends the answer so far, now or soon. `read` is called only for an answer that is sent; may throw. */
  offerPartial(read: () => unknown): void {
    this.#partials.offer(read);
  }

  /** True once the caller has received a piece of the answer. */
  get hasSentPartial(): boolean {
    return this.#partials.hasSent;
  }

  /** Ends without a reply: the port is passed on, for another attempt. */
  release(): MessagePort {
    this.#hasEnded = true;
    this.#partials.end();
    this.#port.off("close", this.#onClose);
    return this.#port;
  }

  /** Sends the final reply and closes the port. */
  end(reply: Exclude<LlmReply, { kind: "partial" }>): void {
    this.#hasEnded = true;
    this.#partials.end();
    this.#port.postMessage(reply);
    this.#port.close();
  }
}
