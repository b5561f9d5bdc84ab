/** What a thread uses of the machine, requested from outside. */

import type { Worker } from "node:worker_threads";

/** A thread's use of memory and processor, without shared memory. */
export interface ThreadUsage {
  readonly heapBytes: number;
  /** Buffers outside the heap. */
  readonly externalBytes: number;
  /** Processor time since the thread's start, in milliseconds. */
  readonly cpuMs: number;
}

/**
 * Requests the thread's usage. It answers even from inside a loop, but not from inside a long call into C++,
 * and if it ends perhaps never. Undefined if the thread does not run yet. Never rejects.
 */
export function measureThread(
  worker: Pick<Worker, "getHeapStatistics" | "cpuUsage">,
): Promise<ThreadUsage | undefined> {
  return Promise.all([worker.getHeapStatistics(), worker.cpuUsage()]).then(
    ([heap, cpu]) => ({
      heapBytes: heap.used_heap_size,
      externalBytes: heap.external_memory,
      cpuMs: (cpu.user + cpu.system) / 1_000,
    }),
    () => undefined,
  );
}
