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
  const versions = join(folder, `${table}.lance`, "_versions");
  const spoiled: string[] = [];
  for (const name of await listManifests(versions)) {
    if (await isWhole(join(versions, name))) {
      for (const one of spoiled) await setAside(folder, table, { name: one, log });
      return;
    }
    spoiled.push(name);
  }
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
