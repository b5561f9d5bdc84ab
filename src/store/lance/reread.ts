/**
 * Reads in two steps: first which rows, then the rows by their addresses. A compaction, or an update, may
 * move rows in between; then both steps are repeated.
 */

/** Tries after which the result counts although rows have moved. */
const TRIES_MAX = 3;

/** @param read resolves with `hasMoved` if a row was no longer at its address */
export async function rereadIfMoved<R extends { readonly hasMoved: boolean }>(
  read: () => Promise<R>,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    const result = await read();
    if (!result.hasMoved || attempt === TRIES_MAX) return result;
  }
}
