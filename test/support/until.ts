/** Waits for a fact, never for a time: looks again and again until it holds or the test times out. */

import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds between two looks. */
const LOOK_AGAIN_MS = 20;

/** Resolves with the first value that is neither undefined nor false. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    await delay(LOOK_AGAIN_MS);
  }
}
