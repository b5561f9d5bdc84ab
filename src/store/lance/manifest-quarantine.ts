/**
 * Repairs a table after a power cut: if the newest manifest never reached the disk, the table cannot be
 * opened, or opens without columns. That manifest is moved away, so that the version before it counts.
 * Only for the process that holds the lock.
 */

import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { StoreLog } from "../store-log.ts";
import { listManifests, MAGIC } from "./manifest.ts";

/** Next to the tables, out of the janitor's reach. */
export const SET_ASIDE_FOLDER = "set-aside";

/** Most versions of one table that a power cut is expected to spoil; with more it is not opened. */
const SET_ASIDE_MAX = 10;

/**
 * Moves away the table's newest manifests that are not whole files. They are kept, and both names are
 * logged. The last one always stays: an empty table in its place would hide the loss.
 */
export async function quarantineManifest(
  folder: string,
  table: string,
  log: StoreLog,
): Promise<void> {
  for (let count = 0; count < SET_ASIDE_MAX; count++) {
    if (!(await setNewestAside(folder, table, log))) return;
  }
}

async function setNewestAside(folder: string, table: string, log: StoreLog): Promise<boolean> {
  const versions = join(folder, `${table}.lance`, "_versions");
  const [newest, before] = await listManifests(versions);
  if (newest === undefined || before === undefined) return false;
  const from = join(versions, newest);
  if (await isWhole(from)) return false;
  const aside = join(folder, SET_ASIDE_FOLDER);
  const to = join(aside, `${table}-${Date.now()}-${newest}`);
  await mkdir(aside, { recursive: true });
  await rename(from, to);
  log.warn({ from, to }, `${table}: the newest version is unreadable and was set aside`);
  return true;
}

/** @throws if the file cannot be read at all: it may be whole. */
export async function isWhole(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size < MAGIC.length) return false;
    const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, size - 4);
    return buffer.toString("latin1") === MAGIC;
  } finally {
    await file.close();
  }
}
