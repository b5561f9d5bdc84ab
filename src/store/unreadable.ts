/**
 * Takes pieces of a table that cannot be read out of it, so that they do not keep everybody from the
 * rest: a fragment that a program of another LanceDB wrote in a form that this one does not
 * understand, or whose file a power cut left empty or missing. Its files are kept beside the tables.
 * Only for the process that owns the database, within the table's write queue.
 */

import { copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Table } from "@lancedb/lancedb";
import type { StoreLog } from "./log.ts";
import { readManifest } from "./manifest.ts";
import { fragmentRange, type Predicate } from "./predicate.ts";
import { SET_ASIDE_FOLDER } from "./set-aside.ts";

export interface SetAside {
  readonly fragments: number;
  readonly rows: number;
}

export interface SetAsideOptions {
  readonly name: string;
  /** The database's folder; undefined on an object store, where the files stay where they are. */
  readonly folder: string | undefined;
  readonly log: StoreLog;
}

/** Versions that are gone back where the newest ones cannot even be listed. */
const VERSIONS_BACK_MAX = 10;

/** True where LanceDB says that stored bytes are not what they must be, and not that it got none. */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { message } = error;
  if (/too many open files|permission denied|no space left|timed? ?out/i.test(message))
    return false;
  return /miniblock|corrupt|invalid magic|appear to be a Lance file|Invalid range .* for object of size|Not found: \S*\/(data|_deletions|_indices)\/|unexpected EOF|LanceError\(Arrow\): Invalid argument|failed to decode/i.test(
    message,
  );
}

/**
 * Finds the fragments that cannot be read and removes them from the newest version.
 * @param met what a reader has met, which may name an index.
 */
export async function setUnreadableAside(
  table: Table,
  met: unknown,
  options: SetAsideOptions,
): Promise<SetAside> {
  if (met instanceof Error && met.message.includes("/_indices/")) await dropIndices(table, options);
  const fragments = await listFragments(table, options);
  const found = { fragments: 0, rows: 0 };
  for (const [fragment, rows] of fragments) {
    const where = fragmentRange(fragment);
    const fault = await findFault(table, where);
    if (fault === undefined) continue;
    const kept = await keepFiles(fragment, options);
    await table.delete(where);
    found.fragments += 1;
    found.rows += rows;
    options.log.warn(
      { table: options.name, fragment, rows, kept, err: fault },
      `${options.name}: ${rows} rows of one write cannot be read and were set aside; the rest goes on`,
    );
  }
  return found;
}

/** Rows by the number of their fragment. */
async function listFragments(
  table: Table,
  options: SetAsideOptions,
): Promise<ReadonlyMap<number, number>> {
  for (let back = 0; ; back++) {
    try {
      return await countByFragment(table);
    } catch (error) {
      if (!isUnreadable(error) || back >= VERSIONS_BACK_MAX) throw error;
      await goBack(table, back + 1, options, error);
    }
  }
}

async function countByFragment(table: Table): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  for await (const batch of table.query().select([]).withRowId()) {
    const ids = batch.getChild("_rowid");
    for (const id of ids ?? []) {
      const fragment = Number(BigInt(id) >> 32n);
      counts.set(fragment, (counts.get(fragment) ?? 0) + 1);
    }
  }
  return counts;
}

/** Which rows are deleted cannot be read: the newest version before counts of which it can. */
async function goBack(
  table: Table,
  steps: number,
  { name, log }: SetAsideOptions,
  cause: unknown,
): Promise<void> {
  const versions = (await table.listVersions()).map(({ version }) => version).sort((a, b) => b - a);
  // A version that was gone back to is one more on top.
  const version = versions[2 * steps - 1];
  if (version === undefined) throw cause;
  await table.checkout(version);
  await table.restore();
  log.warn(
    { table: name, version, err: cause },
    `${name}: went back to a version that can be read`,
  );
}

/** Undefined for what can be read, and for faults that may pass. Looks twice before it believes. */
async function findFault(table: Table, where: Predicate): Promise<unknown> {
  for (let look = 1; ; look++) {
    try {
      for await (const _batch of table.query().where(where));
      return undefined;
    } catch (error) {
      if (!isUnreadable(error)) return undefined;
      if (look === 2) return error;
    }
  }
}

async function dropIndices(table: Table, { name, log }: SetAsideOptions): Promise<void> {
  for (const index of await table.listIndices()) {
    await table.dropIndex(index.name);
    log.warn({ table: name, index: index.name }, `${name}: an index was dropped; it is made again`);
  }
}

/** Copies the fragment's files; compaction removes the originals in time. Answers the copies. */
async function keepFiles(fragment: number, options: SetAsideOptions): Promise<readonly string[]> {
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
