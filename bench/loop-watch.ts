/** How long main's event loop is held up. */

import { monitorEventLoopDelay } from "node:perf_hooks";

export interface LoopWatch extends Disposable {
  p99Ms(): number;
}

export function watchLoop(): LoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: 5 });
  histogram.enable();
  return {
    p99Ms: () => histogram.percentile(99) / 1e6,
    [Symbol.dispose]: () => histogram.disable(),
  };
}
