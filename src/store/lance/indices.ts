/** Makes the indices of a large table. columns.ts declares them. */

import { Index, type Table } from "@lancedb/lancedb";
import { indices, type TableName } from "./columns.ts";

/** Rows below which reading a whole column costs less than an index. */
export const INDEXED_ROWS_MIN = 20_000;

/** Makes missing ones; compaction keeps them up to date. */
export async function ensureIndices(table: Table, name: TableName): Promise<void> {
  const wanted = Object.entries(indices[name]);
  if (wanted.length === 0 || (await table.countRows()) < INDEXED_ROWS_MIN) return;
  const present = new Set((await table.listIndices()).flatMap(({ columns }) => columns));
  for (const [column, kind] of wanted) {
    if (present.has(column)) continue;
    await table.createIndex(column, { config: kind === "btree" ? Index.btree() : Index.bitmap() });
  }
}
