/**
 * The link between the heart and the process under it: a few words each way over Node's channel
 * between processes. This is the end of the process under the heart.
 */

import type { SafeMode } from "../model/safe-mode.ts";
import type { EndSignal } from "./stop-signal.ts";

/**
 * What the process tells the heart: it serves; it was asked to end; another process has the database, from the start on or by now.
 */
export type News = "serving" | "ending" | "locked";

/** What the heart wants of the process: to end in order, because of this signal. */
export type StopOrder = EndSignal;

/** What the process is given on its command line, as JSON after {@link UNDER_HEART_FLAG}. */
export interface Orders {
  /** The file of step marks, open under this number; null where it could not be made. */
  readonly stepMarksFd: number | null;
  readonly safeMode: SafeMode | null;
}

/** Told by the heart alone: it makes the process look for the heart at the other end. */
export const UNDER_HEART_FLAG = "--under-heart";

export class HeartLink implements Disposable {
  readonly #onStop: (why: string) => void;

  /** @param onStop called when the heart wants the process to end, or is gone itself */
  constructor(onStop: (why: string) => void) {
    this.#onStop = onStop;
    process.on("message", this.#hear);
    process.on("disconnect", this.#miss);
    // It may be gone before anybody listened.
    if (!process.connected) this.#miss();
  }

  tell(news: News): void {
    // That it is gone is heard by its own event.
    if (process.connected) process.send?.(news, () => undefined);
  }

  /** Lets go of the channel, which would else keep the process alive. */
  [Symbol.dispose](): void {
    process.off("message", this.#hear);
    process.off("disconnect", this.#miss);
    if (process.connected) process.disconnect?.();
  }

  readonly #hear = (order: unknown): void => this.#onStop(String(order));
  /** Nobody would start this process again, nor pass on a signal: it does not live on unwatched. */
  readonly #miss = (): void => this.#onStop("the heart is gone");
}
