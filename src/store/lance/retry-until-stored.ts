/**
 * Patience: tries a write that the store refuses again and again, with backoff and jitter, until it
 * is stored or the process cannot wait any longer.
 */

import { backoffMs } from "../../model/backoff.ts";
import { TroupeError } from "../../model/errors.ts";

/** Waits between tries: 50 to 100 ms first, 2.5 to 5 s at most. */
const STORE_BACKOFF = { baseMs: 100, maxMs: 5_000 };

export class StoreRetry {
  /** When it ends, on the clock of `performance.now()`. */
  #endsAt = Number.POSITIVE_INFINITY;
  /** Ends the pause under way. One write is under way at a time. */
  #wake: () => void = () => undefined;

  /**
   * Tries until it succeeds.
   * @param attempt gets the number of the try, from 1.
   * @throws {TroupeError} what the last try threw, once the patience has ended, and at once whatever
   * is not `STORE_UNAVAILABLE`.
   */
  async run<T>(attempt: (number: number) => Promise<T>): Promise<T> {
    for (let number = 1; ; number++) {
      try {
        return await attempt(number);
      } catch (thrown) {
        if (!isStoreFault(thrown) || performance.now() >= this.#endsAt) throw thrown;
      }
      await this.#pause(backoffMs(STORE_BACKOFF, number, Math.random()));
    }
  }

  /** From `ms` milliseconds on nothing is tried a second time. Whoever waits now tries at once. */
  stopAfter(ms: number): void {
    this.#endsAt = Math.min(this.#endsAt, performance.now() + ms);
    this.#wake();
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(ms, this.#endsAt - performance.now()));
    this.#wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }
}

function isStoreFault(thrown: unknown): boolean {
  return thrown instanceof TroupeError && thrown.code === "STORE_UNAVAILABLE";
}
