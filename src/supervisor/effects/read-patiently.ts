/** Reads that a thread waits for: a store that cannot be read does not mean that there is nothing. */

import { setTimeout as delay } from "node:timers/promises";
import { backoffMs, STORE_BACKOFF } from "../../model/backoff.ts";

/** Resolves with undefined once `isOver` is true before an answer is there. */
export async function readPatiently<R>(
  read: () => Promise<R>,
  isOver: () => boolean,
): Promise<R | undefined> {
  for (let failures = 0; !isOver(); ) {
    try {
      return await read();
    } catch {
      // The store has logged its fault.
      failures += 1;
      await delay(backoffMs(STORE_BACKOFF, failures, Math.random()), undefined, { ref: false });
    }
  }
  return undefined;
}
