/**
 * The pool's end of a call's port: the answer goes out over it, and when the other end is gone, with
 * its agent's thread or because the agent lost interest, the call is aborted.
 */

import type { MessagePort } from "node:worker_threads";
import type { LlmReply } from "../model/llm-call.ts";
import { PartialSender } from "./partial-sender.ts";

/** Milliseconds between two partials. */
const PARTIAL_INTERVAL_MS = 50;

export class CallPort {
  readonly #port: MessagePort;
  /** One for each call: BAML never takes its listeners off. */
  readonly #controller = new AbortController();
  readonly #partials: PartialSender;
  #hasEnded = false;

  constructor(port: MessagePort) {
    this.#port = port;
    this.#partials = new PartialSender({
      intervalMs: PARTIAL_INTERVAL_MS,
      send: (value) => port.postMessage({ kind: "partial", value } satisfies LlmReply),
    });
    port.on("close", () => this.abort());
    // A message that nobody reads would hide the close behind it.
    port.start();
  }

  /** Fires when nobody wants the answer any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(): void {
    if (!this.#hasEnded) this.#controller.abort();
  }

  /** Sends the answer so far, now or soon. `read` is called only if it is sent; it may throw. */
  offerPartial(read: () => unknown): void {
    this.#partials.offer(read);
  }

  /** Sends the one ending and closes the port. */
  end(reply: Exclude<LlmReply, { kind: "partial" }>): void {
    this.#hasEnded = true;
    this.#partials.end();
    this.#port.postMessage(reply);
    this.#port.close();
  }
}
