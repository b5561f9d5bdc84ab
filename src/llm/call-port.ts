/**
 * The pool's end of a call's port: the answer goes out over it, and when the other end is gone, with
 * its agent's thread or because the agent lost interest, the call is aborted.
 */

import type { MessagePort } from "node:worker_threads";
import type { LlmReply } from "../model/llm-call.ts";

/** Milliseconds between two partials; those that come faster are skipped, the newest never. */
const PARTIAL_INTERVAL_MS = 50;

export class CallPort {
  readonly #port: MessagePort;
  /** One for each call: BAML never takes its listeners off. */
  readonly #controller = new AbortController();
  /** Runs while a partial was sent less than the interval ago. */
  #timer: NodeJS.Timeout | undefined;
  /** Reads the newest partial that was not sent yet. */
  #pending: (() => unknown) | undefined;
  #lastSent: unknown;
  #hasEnded = false;

  constructor(port: MessagePort) {
    this.#port = port;
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
    this.#pending = read;
    if (this.#timer === undefined) this.#sendPending();
  }

  /** Sends the one ending and closes the port. */
  end(reply: Exclude<LlmReply, { kind: "partial" }>): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#pending = undefined;
    this.#port.postMessage(reply);
    this.#port.close();
  }

  #sendPending(): void {
    this.#timer = undefined;
    const read = this.#pending;
    if (read === undefined || this.#hasEnded) return;
    this.#pending = undefined;
    this.#timer = setTimeout(() => this.#sendPending(), PARTIAL_INTERVAL_MS);
    const value = tryRead(read);
    if (value === undefined || value === this.#lastSent) return;
    this.#lastSent = value;
    this.#port.postMessage({ kind: "partial", value } satisfies LlmReply);
  }
}

/** The beginning of an answer need not be readable as what the function returns. */
function tryRead(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
