/**
 * How long a thread has waited for a processor: what tells an agent that gets none from one whose code
 * does not give it back. Linux alone says so; elsewhere every silence is the agent's own.
 */

import { readFileSync } from "node:fs";

/**
 * Milliseconds that the thread was ready to run and did not, since it began.
 * @param threadId of the operating system; 0 = not known
 */
export function readWaitedMs(threadId: number): number | undefined {
  if (threadId === 0) return undefined;
  try {
    const text = readFileSync(`/proc/self/task/${threadId}/schedstat`, "latin1");
    const [, waitedNs] = text.split(" ");
    return waitedNs === undefined ? undefined : Number(waitedNs) / 1e6;
  } catch {
    // The thread has ended, or the system keeps no such figures.
    return undefined;
  }
}
