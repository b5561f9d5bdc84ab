/** Reads of a server at a steady rate, from its own thread, so that parsing costs main nothing. */

import { once } from "node:events";
import { setInterval as every } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

export interface SteadyReads {
  readonly url: string;
  readonly token: string;
  readonly paths: readonly string[];
  /** Milliseconds between two rounds of reads of all the paths. */
  readonly everyMs: number;
}

/** Reads until the result is requested: how long each answer took, in milliseconds. */
export function startReads(reads: SteadyReads): { end(): Promise<readonly number[]> } {
  const worker = new Worker(new URL(import.meta.url), { workerData: reads });
  return {
    end: async () => {
      worker.postMessage("end");
      const [tookMs] = await once(worker, "message");
      return tookMs as readonly number[];
    },
  };
}

async function read({ url, token, paths, everyMs }: SteadyReads, signal: AbortSignal) {
  const headers = { authorization: `Bearer ${token}` };
  const tookMs: number[] = [];
  try {
    for await (const _round of every(everyMs, undefined, { signal })) {
      for (const path of paths) {
        const begun = performance.now();
        const answer = await fetch(new URL(path, url), { headers });
        await answer.text();
        if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
        tookMs.push(performance.now() - begun);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return tookMs;
}

if (!isMainThread && parentPort !== null) {
  const ending = new AbortController();
  const reading = read(workerData as SteadyReads, ending.signal);
  await Promise.race([once(parentPort, "message"), reading]);
  ending.abort();
  parentPort.postMessage(await reading);
  parentPort.close();
}
