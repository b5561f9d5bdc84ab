/**
 * A clock that a test moves: `performance.now()`, `Date.now()` and all timers, also the `setTimeout`
 * of `node:timers/promises`, which modules import by name and Vitest leaves alone.
 */

import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";
import { vi } from "vitest";

export interface FakeClock extends Disposable {
  /** Moves the time on, a timer at a time, and lets what each leads to happen. */
  advance(ms: number): Promise<void>;
}

export function useFakeClock(): FakeClock {
  const original = timersPromises.setTimeout;
  vi.useFakeTimers();
  replaceDelay(fakeDelay);
  vi.advanceTimersByTime(12_345); // a clock at 0 would hide a sum in place of a difference
  return {
    advance: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
    [Symbol.dispose]: () => {
      vi.useRealTimers();
      replaceDelay(original);
    },
  };
}

function replaceDelay(delay: typeof timersPromises.setTimeout): void {
  timersPromises.setTimeout = delay;
  syncBuiltinESMExports();
}

const fakeDelay: typeof timersPromises.setTimeout = (ms, value, { signal } = {}) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(value as never), ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
