/** Sleeps of one thread that can end early: {@link Sleeper.wakeAll} ends them all. */

import { startTimer, stopTimer } from "./clock.ts";

/** Longest wait of a timer, in milliseconds; a longer one is cut, and its caller checks again. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class Sleeper {
  readonly #sleeping = new Set<() => void>();

  /**
   * Resolves after `ms` milliseconds (`Infinity`: never), with `until`, which must not reject, or on
   * {@link wakeAll}.
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
