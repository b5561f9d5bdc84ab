/** The delay of the event loop. */

import { monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds between two measurements, each of which wakes the process; the excess is the delay. */
const RESOLUTION_MS = 20;

export class LoopDelay implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  /** Starts, or continues. */
  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
    this.#histogram.reset();
  }

  /** Delays since the last call in milliseconds, at these percentiles, from 0 to 100. */
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
