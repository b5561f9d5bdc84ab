/**
 * Retries a write that the store refuses, with backoff and jitter, until it is stored or the process
 * can no longer wait.
 */

import { backoffMs, STORE_BACKOFF } from "../../model/backoff.ts";
import { TroupeError } from "../../model/errors.ts";

/** Milliseconds after which one try is no longer awaited, once retries have ended. */
const TRY_MS_MAX = 5_000;

export class StoreRetry {
  /** When retries end, on the clock of `performance.now()`. */
  #endsAt = Number.POSITIVE_INFINITY;
  /** Ends the pause, or checks again whether to wait for the try. One write runs at a time. */
  #wake: () => void = () => undefined;
  /** A try that was given up and may still run: another would wait behind it. */
  #abandoned: Promise<unknown> | undefined;

  /**
   * Tries until it succeeds.
   * @param attempt gets the number of the try, from 1
   * @throws {TroupeError} the error of the last try, once retries have ended; immediately any error
   * other than `STORE_UNAVAILABLE`.
   */
  async run<T>(attempt: (number: number) => Promise<T>): Promise<T> {
    for (let number = 1; ; number++) {
      try {
        return await this.#untilHopeless(() => attempt(number));
      } catch (thrown) {
        if (!isStoreFault(thrown) || performance.now() >= this.#endsAt) throw thrown;
      }
      await this.#pause(backoffMs(STORE_BACKOFF, number, Math.random()));
    }
  }

  /** Ends retries after `ms` milliseconds. A write that pauses now tries immediately. */
  stopAfter(ms: number): void {
    this.#endsAt = Math.min(this.#endsAt, performance.now() + ms);
    this.#wake();
  }

  /** Waits for the try, but not forever once retries have ended: a store may never answer. */
  #untilHopeless<T>(attempt: () => Promise<T>): Promise<T> {
    if (this.#abandoned !== undefined) return Promise.reject(unanswered());
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const begun = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const trying = attempt();
    const giveUp = () => {
      const free = () => {
        this.#abandoned = undefined;
      };
      this.#abandoned = trying.then(free, free);
      reject(unanswered());
    };
    const check = () => {
      if (this.#endsAt === Number.POSITIVE_INFINITY) return;
      const leftMs = Math.max(this.#endsAt, begun + TRY_MS_MAX) - performance.now();
      clearTimeout(timer);
      timer = setTimeout(giveUp, leftMs).unref();
    };
    this.#wake = check;
    check();
    const end = () => clearTimeout(timer);
    promise.then(end, end);
    trying.then(resolve, reject);
    return promise;
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

function unanswered(): TroupeError {
  return new TroupeError(
    "STORE_UNAVAILABLE",
    "the store does not answer, and the process is ending",
  );
}

function isStoreFault(thrown: unknown): boolean {
  return thrown instanceof TroupeError && thrown.code === "STORE_UNAVAILABLE";
}
