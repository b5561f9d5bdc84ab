/** Makes the indices of a large table. columns.ts declares them. */

import { join } from "node:path";
import { Index, type Table } from "@lancedb/lancedb";
import { indices, type TableName } from "./columns.ts";
import type { RepairedTable } from "./fragment-quarantine.ts";
import { readManifest } from "./manifest.ts";
import { findBrokenIndices } from "./whole-files.ts";

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

/**
 * Makes indices again of which files are missing or not whole: with them reads would fail. Only for the
 * process that owns the database, before its first read.
 */
export async function mendIndices(table: Table, options: RepairedTable): Promise<void> {
  const { name, folder, log } = options;
  const manifest = folder === undefined ? undefined : await readManifest(folder, name);
  if (folder === undefined || manifest === undefined || manifest.indices.length === 0) return;
  const broken = await findBrokenIndices(join(folder, `${name}.lance`), manifest);
  for (const index of broken) {
    await table.dropIndex(index);
    log.warn({ table: name, index }, `${name}: an index was damaged and is made again`);
  }
  if (broken.length > 0) await ensureIndices(table, name);
}
