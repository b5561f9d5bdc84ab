/** By how much the event loop is late, measured beside it. */

import { monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds between two looks, each of which wakes the process; a delay is what exceeds them. */
const RESOLUTION_MS = 20;

export class LoopDelay implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  /** Begins, or goes on. */
  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
    this.#histogram.reset();
  }

  /** Milliseconds since the last call, at these percentiles of 100. */
  take(percentiles: readonly number[]): readonly number[] {
    const values = percentiles.map((percent) => {
      const ms = this.#histogram.percentile(percent) / 1e6 - RESOLUTION_MS;
      return Math.max(0, Math.round(100 * ms) / 100);
    });
    this.#histogram.reset();
    return values;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
