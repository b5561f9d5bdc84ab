/**
 * A tap: sends the answer so far of a watched agent's call over a port from the pool to the main thread.
 * A call that is not watched at its start has none.
 */

import { MessageChannel, type MessagePort } from "node:worker_threads";
import { PartialSender } from "./partial-sender.ts";

/** Milliseconds between two partials of one call. */
const TAP_INTERVAL_MS = 100;
/** Characters of JSON text above which a partial is not sent. */
const PARTIAL_CHARACTERS_MAX = 64 * 1024;

/** Called with each partial of a call; undefined if it is not watched. */
export type OnPartial = ((value: unknown) => void) | undefined;

/** Main's end. */
export interface Tap extends Disposable {
  /** The pool's end, for transfer. */
  readonly port: MessagePort;
}

export function openTap(onPartial: NonNullable<OnPartial>): Tap {
  const { port1, port2 } = new MessageChannel();
  port1.on("message", onPartial);
  return { port: port2, [Symbol.dispose]: () => port1.close() };
}

/** The pool's end. */
export class TapPort {
  readonly #port: MessagePort;
  readonly #partials: PartialSender;

  constructor(port: MessagePort) {
    this.#port = port;
    this.#partials = new PartialSender({
      intervalMs: TAP_INTERVAL_MS,
      send: (value) => {
        const { length } = JSON.stringify(value);
        if (length <= PARTIAL_CHARACTERS_MAX) port.postMessage(value);
      },
    });
  }

  /** True once a watcher has received a piece of the answer. */
  get hasSentPartial(): boolean {
    return this.#partials.hasSent;
  }

  offer(read: () => unknown): void {
    this.#partials.offer(read);
  }

  end(): void {
    this.#partials.end();
    this.#port.close();
  }
}
