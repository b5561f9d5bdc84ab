/**
 * How long a thread has waited for a processor: it distinguishes an agent that gets none from one whose
 * code does not yield. Only on Linux; elsewhere every silence counts as the agent's.
 */

import { readFileSync } from "node:fs";

/**
 * Milliseconds since the thread's start that it was ready to run and did not.
 * @param threadId the operating system's; 0 = unknown
 */
export function readWaitedMs(threadId: number): number | undefined {
  if (threadId === 0) return undefined;
  try {
    const text = readFileSync(`/proc/self/task/${threadId}/schedstat`, "latin1");
    const [, waitedNs] = text.split(" ");
    return waitedNs === undefined ? undefined : Number(waitedNs) / 1e6;
  } catch {
    // The thread has ended, or the system has no such figures.
    return undefined;
  }
}
