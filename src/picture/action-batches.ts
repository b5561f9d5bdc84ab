/** The agents of a request that is too large for one: a request has limits of rows and of bytes. Pure. */

import { ENQUEUE_ROWS_MAX } from "../model/limits.ts";

/** Half of what a request may have: ids and the names of fields are counted roughly. */
const BATCH_BYTES_MAX = 8 * 2 ** 20;
/** Of a row besides its payload. */
const ROW_BYTES = 400;

/** @param content what the actions of all agents have in common */
export function batchesOf(
  ids: readonly string[],
  content: Readonly<Record<string, unknown>>,
  rowsMax = ENQUEUE_ROWS_MAX,
): readonly (readonly string[])[] {
  const rowBytes = ROW_BYTES + new TextEncoder().encode(JSON.stringify(content)).byteLength;
  const rows = Math.min(rowsMax, Math.max(1, Math.floor(BATCH_BYTES_MAX / rowBytes)));
  const count = Math.ceil(ids.length / rows);
  return Array.from({ length: count }, (_, n) => ids.slice(n * rows, (n + 1) * rows));
}
