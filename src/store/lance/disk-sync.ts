/**
 * Syncs the files of one table in a local folder to the disk. LanceDB syncs none of them, so a
 * power cut may take the newest versions of a table, or leave them empty.
 *
 * A version that must survive needs its manifest, the files that it names, and their folders; older
 * manifests and the records of transactions are not needed to open a table.
 */

import { open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import pLimit from "p-limit";
import { overwriteNote, syncFolder } from "../../files/plain-file.ts";
import { TroupeError } from "../../model/errors.ts";
import { listManifests } from "./manifest.ts";
import { syncedPath } from "./manifest-quarantine.ts";
import { briefCause } from "./write-queue.ts";

/** Files that are synced at the same time: as many as libuv has threads for it. */
const SYNCS_AT_ONCE_MAX = 4;
/** Folders with the files that a manifest names. */
const NAMED_FOLDERS = ["data", "_deletions", "_indices"];

export class DiskSync {
  readonly #name: string;
  /** The folder of the table; undefined on an object store, which answers once a file is safe. */
  readonly #folder: string | undefined;
  readonly #limit = pLimit(SYNCS_AT_ONCE_MAX);
  /** Grows with each write that has ended, whatever its result. */
  #changes = 0;
  /** How many of them are on the disk; -1 while files of earlier processes may not be. */
  #changesSynced = -1;
  /** Files that are on the disk, by path. LanceDB never changes a file that it has written. */
  #synced: ReadonlySet<string> = new Set();
  /** Their folders, whose names are on the disk, too. */
  #folders: ReadonlySet<string> = new Set();
  /** The last run; the next one follows it. */
  #last: Promise<void> = Promise.resolve();
  /** A run that has not listed the files yet, so that further callers can share it. */
  #next: Promise<void> | undefined;

  /** @param database the folder of the database, undefined on an object store */
  constructor(name: string, database: string | undefined) {
    this.#name = name;
    this.#folder = database && join(database, `${name}.lance`);
  }

  /** A write has ended: there may be a new version. */
  changed(): void {
    this.#changes += 1;
  }

  /**
   * Resolves once everything written so far would survive a power cut. Simultaneous callers share a
   * run; without a change there is none.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if the disk refuses; the next call tries again.
   */
  async sync(): Promise<void> {
    if (this.#folder === undefined || this.#changes === this.#changesSynced) return;
    this.#next ??= this.#runAfterLast(this.#folder);
    await this.#next;
  }

  #runAfterLast(folder: string): Promise<void> {
    const run = this.#last.then(async () => {
      this.#next = undefined;
      const changes = this.#changes;
      try {
        await this.#run(folder);
      } catch (cause) {
        throw refused(this.#name, cause);
      }
      this.#changesSynced = changes;
    });
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #run(folder: string): Promise<void> {
    const versions = join(folder, "_versions");
    // First: every file that the newest manifest names is there by now.
    const [newest] = await listManifests(versions);
    if (newest === undefined) throw new Error(`${versions} has no version`);
    const before = this.#synced;
    const named = await listNamed(folder);
    const missing = named.filter((path) => !before.has(path));
    await this.#syncAll(missing, syncFile);
    const folders = foldersOf(missing, folder);
    await this.#syncAll(folders, syncFolderIfThere);
    // LanceDB makes the folder of data with the first row, that of deletions with the first deletion.
    const isNew = (path: string) => !this.#folders.has(path);
    if (before.size > 0 && folders.some(isNew)) await syncFolderIfThere(folder);
    const manifest = join(versions, newest);
    if (!before.has(manifest)) {
      await syncFile(manifest);
      await syncFolderIfThere(versions);
    }
    // The folders of the table and of the database, which a new table has changed.
    if (before.size === 0) await this.#syncAll([folder, dirname(folder)], syncFolderIfThere);
    this.#synced = new Set([...named, manifest]);
    this.#folders = new Set(foldersOf(named, folder));
    // A start after a power cut trusts this version, and checks the files of newer ones.
    const known = syncedPath(dirname(folder), this.#name);
    if (!before.has(manifest)) await overwriteNote(known, newest, { isSynced: true });
  }

  async #syncAll(paths: readonly string[], sync: (path: string) => Promise<void>): Promise<void> {
    await Promise.all(paths.map((path) => this.#limit(() => sync(path))));
  }
}

async function listNamed(table: string): Promise<readonly string[]> {
  const lists = NAMED_FOLDERS.map(async (name) => {
    const folder = join(table, name);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(none);
    return entries
      .filter((entry) => entry.isFile() && !isDraft(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  });
  return (await Promise.all(lists)).flat();
}

/** LanceDB renames a file once it is whole. */
function isDraft(name: string): boolean {
  return name.startsWith(".") || name.includes("#");
}

/** The folders of these files, and those above them up to the table's own, which is left out. */
function foldersOf(paths: readonly string[], table: string): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); folder !== table; folder = dirname(folder))
      folders.add(folder);
  }
  return [...folders];
}

/** A file that is gone was removed after a compaction: no version that is left names it. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r").catch(ifMissing);
  if (file === undefined) return;
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** As for a file: a folder that is gone has nothing that a version names. */
async function syncFolderIfThere(path: string): Promise<void> {
  await syncFolder(path).catch(ifMissing);
}

/** No commit has made the folder yet. */
function none(error: NodeJS.ErrnoException): [] {
  return ifMissing(error) ?? [];
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

function refused(name: string, cause: unknown): TroupeError {
  return new TroupeError(
    "STORE_UNAVAILABLE",
    `${name} was not synced to the disk: ${briefCause(cause)}`,
    { cause, details: { table: name } },
  );
}
