/** Raw worker threads of an empty file, made as the program makes its own: the cost of the threads alone. */

import { Worker } from "node:worker_threads";
import pLimit from "p-limit";

/** As the program makes its threads: two at a time, with the same limits. */
const AT_ONCE = 2;
const resourceLimits = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 2 };

const empty = new URL("./empty-worker.js", import.meta.url);

/** Resolves once all of them run. */
export async function startRawWorkers(count: number): Promise<readonly Worker[]> {
  const limit = pLimit(AT_ONCE);
  return await Promise.all(Array.from({ length: count }, () => limit(startRawWorker)));
}

export async function endRawWorkers(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.terminate()));
}

function startRawWorker(): Promise<Worker> {
  return new Promise((resolve) => {
    const worker = new Worker(empty, { resourceLimits, stdout: true, stderr: true });
    worker.once("online", () => resolve(worker));
  });
}
