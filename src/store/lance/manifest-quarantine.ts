/**
 * Repairs a table after a power cut. If the newest manifest, or a file that it names, never reached
 * the disk, the table cannot be opened or read, or opens without columns. That manifest is moved
 * away, so that the version before it counts. Files are checked only for versions newer than the
 * last synced one: damage to a synced version has another cause, see fragment-quarantine.ts.
 * Only for the process that holds the lock.
 */

import { mkdir, open, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { readPlain } from "../../plain-file.ts";
import type { StoreLog } from "../store-log.ts";
import { listManifests, MAGIC, readManifestAt, versionOf } from "./manifest.ts";

/** Next to the tables, out of the janitor's reach. */
export const SET_ASIDE_FOLDER = "set-aside";

/**
 * Moves away the table's newest manifests that are not whole files, however many: a power cut spoils all
 * that were written since the last sync. They are kept, and both names are logged. If none is whole, all
 * stay: an empty table in their place would hide the loss.
 */
export async function quarantineManifest(
  folder: string,
  table: string,
  log: StoreLog,
): Promise<void> {
  const at = join(folder, `${table}.lance`);
  const versions = join(at, "_versions");
  const synced = await readSynced(folder, table);
  const isUnsynced = (name: string) => synced !== undefined && versionOf(name) > versionOf(synced);
  const spoiled: string[] = [];
  for (const name of await listManifests(versions)) {
    const path = join(versions, name);
    if ((await isWhole(path)) && !(isUnsynced(name) && (await lacksFiles(at, path)))) {
      for (const one of spoiled) await setAside(folder, table, { name: one, log });
      return;
    }
    spoiled.push(name);
  }
}

/** The newest manifest that was on the disk with all its files; undefined if that is not known. */
async function readSynced(folder: string, table: string): Promise<string | undefined> {
  const name = (await readPlain(syncedPath(folder, table)))?.trim() ?? "";
  return /^\d+\.manifest$/.test(name) ? name : undefined;
}

/** The file next to the table that names its newest synced manifest. */
export function syncedPath(folder: string, table: string): string {
  return join(folder, `${table}.synced`);
}

/** True if a file that the manifest names is missing, empty or cut off. */
async function lacksFiles(table: string, path: string): Promise<boolean> {
  const manifest = await readManifestAt(path);
  if (manifest === undefined) return true;
  const data = [...manifest.files.values()].flat().map((name) => join(table, "data", name));
  const lists = manifest.deletions.map((name) => join(table, "_deletions", name));
  const broken = await Promise.all([
    ...data.map((file) => isBroken(file)),
    ...lists.map((file) => isEmpty(file)),
  ]);
  return broken.includes(true);
}

/** True if the data file is missing, or not whole. */
export async function isBroken(path: string): Promise<boolean> {
  return await isWhole(path).then((whole) => !whole, isMissing);
}

/** Lists of deleted rows have no mark at their end that all kinds share. */
async function isEmpty(path: string): Promise<boolean> {
  return await stat(path).then(({ size }) => size === 0, isMissing);
}

function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT";
}

async function setAside(
  folder: string,
  table: string,
  { name, log }: { readonly name: string; readonly log: StoreLog },
): Promise<void> {
  const from = join(folder, `${table}.lance`, "_versions", name);
  const aside = join(folder, SET_ASIDE_FOLDER);
  const to = join(aside, `${table}-${Date.now()}-${name}`);
  await mkdir(aside, { recursive: true });
  await rename(from, to);
  log.warn({ from, to }, `${table}: a version is unreadable and was set aside`);
}

/** @throws if the file cannot be read at all: it may be whole. */
async function isWhole(path: string): Promise<boolean> {
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
