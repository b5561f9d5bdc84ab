/**
 * Removes unreadable fragments from a table, because one makes every read fail: a fragment that another
 * version of LanceDB wrote in an unknown format, or whose file a power cut left empty or missing. Its
 * files are kept next to the tables.
 * Only for the process that owns the database, within the table's write queue.
 */

import { copyFile, mkdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Table } from "@lancedb/lancedb";
import type { StoreLog } from "../store-log.ts";
import type { TableName } from "./columns.ts";
import { readManifest } from "./manifest.ts";
import { SET_ASIDE_FOLDER } from "./manifest-quarantine.ts";
import { chunks, fragmentRange } from "./predicate.ts";
import { isWhole } from "./whole-files.ts";

export interface SetAside {
  readonly fragments: number;
  readonly rows: number;
}

/** A table, for the process that repairs it. */
export interface RepairedTable {
  readonly name: TableName;
  /** The database's folder; undefined on an object store, where the files stay in place. */
  readonly folder: string | undefined;
  readonly log: StoreLog;
}

/** Versions to go back if the newest ones cannot even be listed. */
const VERSIONS_BACK_MAX = 10;

/** True if LanceDB reports that stored bytes are invalid, and not that it could not get them. */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { message } = error;
  if (/too many open files|permission denied|no space left|timed? ?out/i.test(message))
    return false;
  return /miniblock|corrupt|failed to fill whole buffer|invalid magic|appear to be a Lance file|Invalid range .* for object of size|Not found: \S*\/(data|_deletions|_indices)\/|unexpected EOF|LanceError\(Arrow\): Invalid argument|failed to decode/i.test(
    message,
  );
}

/**
 * Finds the unreadable fragments and removes them from the newest version.
 * @param met the error of a reader, which may name an index
 */
export async function quarantineFragments(
  table: Table,
  met: unknown,
  options: RepairedTable,
): Promise<SetAside> {
  if (!(await hasItsFolders(options))) return { fragments: 0, rows: 0 };
  if (met instanceof Error && met.message.includes("/_indices/")) await dropIndices(table, options);
  const fragments = await listFragments(table, options);
  const found = { fragments: 0, rows: 0 };
  for (const [fragment, rowIds] of fragments) {
    const fault = await findFault(table, rowIds);
    if (fault === undefined) continue;
    const rows = rowIds.length;
    const kept = await keepFiles(fragment, options);
    await table.delete(fragmentRange(fragment));
    found.fragments += 1;
    found.rows += rows;
    options.log.warn(
      { table: options.name, fragment, rows, kept, err: fault },
      `${options.name}: ${rows} rows of one write cannot be read and were set aside; all others stay`,
    );
  }
  return found;
}

/** True if a data file of the newest version is missing or cut off, as after a power cut. */
export async function hasBrokenFile({ folder, name }: RepairedTable): Promise<boolean> {
  const files = folder === undefined ? undefined : (await readManifest(folder, name))?.files;
  for (const file of [...(files?.values() ?? [])].flat()) {
    if (!(await isWhole(join(folder ?? "", `${name}.lance`, "data", file)))) return true;
  }
  return false;
}

/** False if the folder is missing, as on an unmounted volume: it may be whole when it is back. */
async function hasItsFolders({ folder, name }: RepairedTable): Promise<boolean> {
  if (folder === undefined) return true;
  const data = await stat(join(folder, `${name}.lance`, "data")).catch(() => undefined);
  return data?.isDirectory() === true;
}

type Fragments = ReadonlyMap<number, readonly bigint[]>;

/** Addresses of the rows by fragment number. */
async function listFragments(table: Table, options: RepairedTable): Promise<Fragments> {
  for (let back = 0; ; back++) {
    try {
      return await groupByFragment(table);
    } catch (error) {
      if (!isUnreadable(error) || back >= VERSIONS_BACK_MAX) throw error;
      await goBack(table, back + 1, options, error);
    }
  }
}

async function groupByFragment(table: Table): Promise<Fragments> {
  const fragments = new Map<number, bigint[]>();
  for await (const batch of table.query().select([]).withRowId()) {
    for (const id of batch.getChild("_rowid") ?? []) {
      const rowId = BigInt(id);
      const fragment = Number(rowId >> 32n);
      const rowIds = fragments.get(fragment) ?? [];
      rowIds.push(rowId);
      fragments.set(fragment, rowIds);
    }
  }
  return fragments;
}

/** If a list of deleted rows cannot be read, restores the version that is so many steps older. */
async function goBack(
  table: Table,
  steps: number,
  { name, log }: RepairedTable,
  cause: unknown,
): Promise<void> {
  const versions = (await table.listVersions()).map(({ version }) => version).sort((a, b) => b - a);
  // Each step back makes a version itself.
  const version = versions[2 * steps - 1];
  if (version === undefined) throw cause;
  await table.checkout(version);
  await table.restore();
  log.warn({ table: name, version, err: cause }, `${name}: went back to a readable version`);
}

/** Rows in one query. */
const CHECK_ROWS_MAX = 5_000;

/**
 * Undefined if the rows can be read, or for a fault that may pass. Checks twice, and by address,
 * because a filter makes LanceDB open all fragments, the broken ones too.
 */
async function findFault(table: Table, rowIds: readonly bigint[]): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      for (const part of chunks(rowIds, CHECK_ROWS_MAX)) {
        for await (const _batch of table.takeRowIds(part));
      }
      return undefined;
    } catch (error) {
      if (!isUnreadable(error)) return undefined;
      if (attempt === 2) return error;
    }
  }
}

async function dropIndices(table: Table, { name, log }: RepairedTable): Promise<void> {
  for (const index of await table.listIndices()) {
    await table.dropIndex(index.name);
    log.warn(
      { table: name, index: index.name },
      `${name}: an index was dropped; it will be rebuilt`,
    );
  }
}

/** Copies the fragment's files; compaction removes the originals later. Returns the copies. */
async function keepFiles(fragment: number, options: RepairedTable): Promise<readonly string[]> {
  const { folder, name } = options;
  if (folder === undefined) return [];
  const files = (await readManifest(folder, name))?.files.get(fragment) ?? [];
  const aside = join(folder, SET_ASIDE_FOLDER);
  await mkdir(aside, { recursive: true });
  const kept: string[] = [];
  for (const file of files) {
    const to = join(aside, `${name}-${Date.now()}-${basename(file)}`);
    const isCopied = await copyFile(join(folder, `${name}.lance`, "data", file), to).then(
      () => true,
      () => false,
    );
    if (isCopied) kept.push(to);
  }
  return kept;
}
