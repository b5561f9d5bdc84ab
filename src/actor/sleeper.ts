/** Sleeps that end early: everything that waits inside a thread is woken from this one place. */

import { startTimer, stopTimer } from "./clock.ts";

/** Longest wait that a timer takes, in milliseconds; a longer one is cut, and its caller looks again. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class Sleeper {
  readonly #sleeping = new Set<() => void>();

  /**
   * Resolves after `ms` milliseconds (`Infinity`: not by itself), with `until`, which must not
   * reject, or when somebody wakes it.
   */
  sleep(ms: number, until?: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer =
      ms === Number.POSITIVE_INFINITY
        ? undefined
        : startTimer(() => end(), Math.min(Math.ceil(ms), TIMER_MS_MAX));
    const end = () => {
      stopTimer(timer);
      this.#sleeping.delete(end);
      resolve();
    };
    this.#sleeping.add(end);
    void until?.then(end);
    return promise;
  }

  wakeAll(): void {
    for (const end of [...this.#sleeping]) end();
  }
}
