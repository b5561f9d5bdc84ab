/** Long work in short turns of the event loop: main must serve agents and callers in between. */

import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds after which the rest of the work waits for the next turn. */
export const SLICE_MS = 2;

/**
 * Slices of at most `size`, one after the other, until a turn has lasted {@link SLICE_MS}; the rest
 * follows in the next one. A slice's microtasks count too.
 */
export async function* inTimeSlices<T>(
  items: readonly T[],
  size: number,
): AsyncGenerator<readonly T[]> {
  let begun = performance.now();
  for (let start = 0; start < items.length; start += size) {
    if (start > 0 && performance.now() - begun >= SLICE_MS) {
      await nextTurn();
      begun = performance.now();
    }
    yield items.slice(start, start + size);
  }
}
