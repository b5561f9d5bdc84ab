/**
 * When the loading of a module has taken too long: by the processor time of its thread and by the time
 * that its event loop has waited, because on a machine that is busy or slow the clock tells little.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Worker } from "node:worker_threads";

const CHECK_MS = 250;
const CPU_MS_MAX = 10_000;
const WAIT_MS_MAX = 10_000;
const LOAD_MS_MAX = 60_000;

type LoadingThread = Pick<Worker, "cpuUsage" | "performance">;

/** Resolves with the reason; undefined if `signal` is aborted before. */
export async function loadsTooLong(
  worker: LoadingThread,
  signal: AbortSignal,
): Promise<string | undefined> {
  const begun = performance.now();
  for (;;) {
    await delay(CHECK_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    if (worker.performance.eventLoopUtilization().idle >= WAIT_MS_MAX) {
      return `it must load within ${WAIT_MS_MAX / 1_000} s, and still waits for something`;
    }
    if ((await cpuMs(worker)) >= CPU_MS_MAX) {
      return `it must load within ${CPU_MS_MAX / 1_000} s of processor time`;
    }
    if (performance.now() - begun >= LOAD_MS_MAX) {
      return `it must load within ${LOAD_MS_MAX / 1_000} s`;
    }
  }
}

/** 0 while the thread starts, and once it has ended. */
async function cpuMs(worker: LoadingThread): Promise<number> {
  const { user, system } = await worker.cpuUsage().catch(() => ({ user: 0, system: 0 }));
  return (user + system) / 1_000;
}
