/**
 * How late plain interval timers fire, in this thread or in one that does nothing else: an agent's rhythm
 * cannot be better than that.
 */

import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const INTERVAL_MS = 50;
const MARK = "timer-lateness";

/** Watches timers until the result is requested: how many milliseconds each was late. */
export interface TimerWatch {
  end(): Promise<readonly number[]>;
}

export function watchTimerHere(): TimerWatch {
  const lateMs: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lateMs.push(now - last - INTERVAL_MS);
    last = now;
  }, INTERVAL_MS);
  return {
    end: async () => {
      clearInterval(timer);
      return lateMs;
    },
  };
}

export function watchTimerInWorker(): TimerWatch {
  const worker = new Worker(new URL(import.meta.url), { workerData: MARK });
  return {
    end: async () => {
      worker.postMessage("end");
      const [lateMs] = await once(worker, "message");
      return lateMs as readonly number[];
    },
  };
}

if (!isMainThread && workerData === MARK && parentPort !== null) {
  const watch = watchTimerHere();
  await once(parentPort, "message");
  parentPort.postMessage(await watch.end());
  parentPort.close();
}
