/**
 * The link between the heart and the process under it: a few words each way over Node's channel
 * between processes. This is the end of the process under the heart.
 */

import { url as inspectorUrl } from "node:inspector";
import type { SafeMode } from "../model/safe-mode.ts";

/**
 * What the process reports to the heart: it serves; it was asked to end; another process has the
 * database, from the start on or by now; it cannot start, and would not the next time.
 */
export type News = "serving" | "ending" | "locked" | "refused";

/** All that comes over the channel: news, the port that is listened at, or a sign of life. */
export type Message = News | { readonly port: number } | { readonly isInspected: boolean };

/** What the process is given on its command line, as JSON after {@link UNDER_HEART_FLAG}. */
export interface Orders {
  /** The file of step marks, open under this number; null where it could not be made. */
  readonly stepMarksFd: number | null;
  readonly safeMode: SafeMode | null;
  /** See `StopSignalOptions`. */
  readonly ignoresHangUp: boolean;
  /** The port of an earlier start, to be kept if any port will do. */
  readonly port: number | null;
  /** Milliseconds between two signs of life, from the time on when the process serves. */
  readonly signMs: number;
}

/** Told by the heart alone: it makes the process look for the heart at the other end. */
export const UNDER_HEART_FLAG = "--under-heart";

export class HeartLink implements Disposable {
  readonly #onStop: (why: string) => void;
  #signs: NodeJS.Timeout | undefined;
  /** True while a sign of life is on its way: a heart that does not listen is sent no more. */
  #isSending = false;

  /** @param onStop called when the heart wants the process to end, or is gone itself */
  constructor(onStop: (why: string) => void) {
    this.#onStop = onStop;
    process.on("message", this.#onMessage);
    process.on("disconnect", this.#onDisconnect);
    // It may be gone before anybody listened.
    if (!process.connected) this.#onDisconnect();
  }

  /** Invariant: the main thread does it, in its event loop. */
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
    // That it is gone is heard by its own event.
    if (process.connected) process.send?.(message, onSent);
  }

  /** Lets go of the channel, which would else keep the process alive. */
  [Symbol.dispose](): void {
    clearInterval(this.#signs);
    process.off("message", this.#onMessage);
    process.off("disconnect", this.#onDisconnect);
    if (process.connected) process.disconnect?.();
  }

  readonly #onMessage = (order: unknown): void => this.#onStop(String(order));
  /** Nobody would start this process again, nor pass on a signal: it does not live on unwatched. */
  readonly #onDisconnect = (): void => this.#onStop("the heart is gone");
}
