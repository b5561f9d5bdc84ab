/**
 * Repairs a table after a power cut. If the newest manifest, or a file that it names, never reached
 * the disk, the table cannot be opened or read, or opens without columns. That manifest is moved
 * away, so that the version before it counts. Files are checked only for versions newer than the
 * last synced one: damage to a synced version has another cause, see fragment-quarantine.ts.
 * Only for the process that holds the lock.
 */

import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readNote, readPlain } from "../../files/plain-file.ts";
import { parseJsonObject } from "../../model/parse-json.ts";
import type { StoreLog } from "../store-log.ts";
import { listManifests, readManifestAt, versionOf } from "./manifest.ts";
import { isWhole, lacksFiles } from "./whole-files.ts";

/** Next to the tables, out of the janitor's reach. */
export const SET_ASIDE_FOLDER = "set-aside";
/** LanceDB's note of its newest version. */
const VERSION_HINT = "latest_version_hint.json";
/** The end of the name of a table's note. */
const SYNCED = ".synced";

/**
 * Moves away the newest manifests that cannot be used, however many: a power cut spoils all that were
 * written since the last sync. They are kept, and both names are logged. If none can be used, all stay:
 * an empty table in their place would hide the loss, except of the table of claims, which count
 * on from the rows of agents. Older manifests that are not whole are removed,
 * because each cleanup would fail at them.
 */
export async function quarantineManifest(
  folder: string,
  table: string,
  log: StoreLog,
): Promise<void> {
  const at = join(folder, `${table}.lance`);
  const synced = await readSynced(folder, table);
  const isNoted = await hasNotes(folder);
  const isUnsynced = (name: string) =>
    synced === undefined ? isNoted : versionOf(name) > versionOf(synced);
  const names = await listManifests(join(at, "_versions"));
  const spoiled: string[] = [];
  let found: string | undefined;
  for (const name of names) {
    const path = join(at, "_versions", name);
    const isUsable = async () => !isUnsynced(name) || !(await lacksItsFiles(at, path));
    const isReadable = await isWhole(path);
    if (found !== undefined && !isReadable) await rm(path, { force: true });
    if (found !== undefined) continue;
    if (isReadable && (await isUsable())) found = name;
    else spoiled.push(name);
  }
  if (found !== undefined) {
    for (const one of spoiled) await setAside(folder, { table, name: one, log });
    await removeWrongHint(at, found);
  } else if (names.length > 0 && synced === undefined && (await isLosable(at, table))) {
    await setAside(folder, { table, name: "", log });
  }
}

/**
 * LanceDB counts up from the version in its hint to the first one that is missing, which after a power
 * cut may be any. Without a hint it lists the versions.
 */
async function removeWrongHint(table: string, newest: string): Promise<void> {
  const path = join(table, "_versions", VERSION_HINT);
  const hint = parseJsonObject((await readPlain(path)) ?? "");
  if (hint?.["version"] !== Number(versionOf(newest))) await rm(path, { force: true });
}

async function lacksItsFiles(table: string, path: string): Promise<boolean> {
  const manifest = await readManifestAt(path);
  return manifest === undefined || (await lacksFiles(table, manifest));
}

async function isLosable(at: string, table: string): Promise<boolean> {
  return table === "supervisors" || !(await hasData(at));
}

/** False if nothing was ever written to the table: a power cut took it while it was made. */
async function hasData(table: string): Promise<boolean> {
  const names = await readdir(join(table, "data")).catch(() => []);
  return names.length > 0;
}

/** The newest manifest that was on the disk with all its files; undefined if that is not known. */
async function readSynced(folder: string, table: string): Promise<string | undefined> {
  const name = (await readNote(syncedPath(folder, table))) ?? "";
  return /^\d+\.manifest$/.test(name) ? name : undefined;
}

/**
 * True if versions of this database were brought to the disk: then a table without a note has lost it,
 * and each of its versions must prove itself. Older versions of Troupe brought nothing to the disk.
 */
async function hasNotes(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => name.endsWith(SYNCED));
}

/** The file next to the table that names its newest synced manifest. */
export function syncedPath(folder: string, table: string): string {
  return join(folder, table + SYNCED);
}

interface Spoiled {
  readonly table: string;
  /** Of the manifest; empty for the whole table. */
  readonly name: string;
  readonly log: StoreLog;
}

async function setAside(folder: string, { table, name, log }: Spoiled): Promise<void> {
  const at = join(folder, `${table}.lance`);
  const from = name === "" ? at : join(at, "_versions", name);
  const aside = join(folder, SET_ASIDE_FOLDER);
  const to = join(aside, `${table}-${Date.now()}-${name === "" ? "unmade" : name}`);
  await mkdir(aside, { recursive: true });
  await rename(from, to);
  log.warn({ from, to }, `${table}: a version is unreadable and was set aside`);
}
