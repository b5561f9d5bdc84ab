/** Long work in short turns of the event loop: main has agents and callers to hear in between. */

import { setImmediate as nextTurn } from "node:timers/promises";

/** Slices of at most `size`, each in a turn of its own. */
export async function* inTurns<T>(items: readonly T[], size: number): AsyncGenerator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) {
    if (start > 0) await nextTurn();
    yield items.slice(start, start + size);
  }
}
