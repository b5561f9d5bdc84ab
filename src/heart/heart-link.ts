/**
 * The link between the heart and the process below it, over Node's channel between processes. This is
 * the process's end.
 */

import { url as inspectorUrl } from "node:inspector";
import type { SafeMode } from "../model/safe-mode.ts";

/**
 * What the process reports to the heart: it serves; it was asked to end; another process has the
 * database, already or by now, or has it under leases, so that this one can wait for its turn; it cannot
 * start, and another start would fail in the same way.
 */
export type News = "serving" | "ending" | "locked" | "displaced" | "refused";

/** A message over the channel: news, the port in use, the shard that it has, or a sign of life. */
export type Message =
  | News
  | { readonly port: number }
  | { readonly shard: number }
  | { readonly isInspected: boolean };

/** What the process is given on its command line, as JSON after {@link UNDER_HEART_FLAG}. */
export interface Orders {
  /** Descriptor of the file of step marks; null if it could not be made. */
  readonly stepMarksFd: number | null;
  readonly safeMode: SafeMode | null;
  /** See `StopSignalOptions`. */
  readonly ignoresHangUp: boolean;
  /** The port of the last start, preferred if any port will do. */
  readonly port: number | null;
  /** The name under which all processes of this heart have leases. */
  readonly holder: string;
  /** The shard of the last start, if that was under leases and was not displaced. */
  readonly shard: number | null;
  /** Milliseconds between two signs of life, once the process serves. */
  readonly signMs: number;
}

/** Only the heart gives this flag: with it the process knows that a heart is at the other end. */
export const UNDER_HEART_FLAG = "--under-heart";

/**
 * Takes the database from a process that may still run it, because the caller knows better. It counts until
 * a start has served: a later restart must not take the database back from its new owner.
 */
export const TAKEOVER_FLAG = "--takeover";

export class HeartLink implements Disposable {
  readonly #onStop: (why: string) => void;
  #signs: NodeJS.Timeout | undefined;
  /** True while a sign of life is on its way: a heart that does not read gets no further one. */
  #isSending = false;

  /** @param onStop called when the heart asks the process to end, or is gone */
  constructor(onStop: (why: string) => void) {
    this.#onStop = onStop;
    process.on("message", this.#onMessage);
    process.on("disconnect", this.#onDisconnect);
    // It may have gone before there was a listener.
    if (!process.connected) this.#onDisconnect();
  }

  /** Invariant: the main thread's event loop gives the signs. */
  giveSigns(signMs: number): void {
    const sign = () => {
      if (this.#isSending) return;
      this.#isSending = true;
      this.send({ isInspected: inspectorUrl() !== undefined }, () => {
        this.#isSending = false;
      });
    };
    sign();
    this.#signs = setInterval(sign, signMs).unref();
  }

  send(message: Message, onSent: () => void = () => undefined): void {
    // A heart that is gone has its own event.
    if (process.connected) process.send?.(message, onSent);
  }

  /** Closes the channel, which would otherwise keep the process alive. */
  [Symbol.dispose](): void {
    clearInterval(this.#signs);
    process.off("message", this.#onMessage);
    process.off("disconnect", this.#onDisconnect);
    if (process.connected) process.disconnect?.();
  }

  readonly #onMessage = (order: unknown): void => this.#onStop(String(order));
  /** Without a heart nothing would restart this process or pass signals to it, so it ends. */
  readonly #onDisconnect = (): void => this.#onStop("the heart is gone");
}
