/**
 * The kernel's lock on a file of our own, through SQLite: it goes with the process that holds it, however
 * that died, and it works between containers that share a folder, unlike process ids.
 *
 * Invariant: nothing else in the process opens that file. By POSIX a process loses its locks on a file
 * when it closes any descriptor of it, so `readFile` or `cp` here would release the database; SQLite
 * knows this and shares its descriptors. `stat` opens nothing.
 * Invariant: the file's connection has one owner, this class.
 */

import { lstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { requireWritable } from "../unusable-file.ts";

/** The file's name in its folder. */
export const LOCK_FILE = "troupe.sqlite";

/** SQLite's primary result codes, the lowest byte of its extended ones. */
const BUSY = 5;
const LOCKED = 6;
/** Extended result codes of a file system without locks. */
const UNSUPPORTED: readonly number[] = [2_058, 2_314, 3_594, 3_850];

export class KernelLock implements Disposable {
  readonly path: string;
  /** Undefined if the file system has no locks: then the note next to the tables is the only guard. */
  readonly #database: DatabaseSync | undefined;
  /** Identity of the file, so that another one under its name is recognised. */
  readonly #file: string | undefined;
  /** True once the kernel's list has shown the lock: only then its absence means a loss. */
  #wasListed = false;

  private constructor(path: string, database: DatabaseSync | undefined) {
    this.path = path;
    this.#database = database;
    this.#file = fileAt(path);
  }

  /**
   * Takes the lock, or returns undefined if it is held, or being checked at this moment.
   * @throws if the file cannot be made or written, or is not SQLite's
   */
  static tryTake(path: string): KernelLock | undefined {
    refuseUnlessPlain(path);
    requireWritable(path);
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      // The transaction never ends, so nothing is ever written: the file cannot be torn.
      database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY");
      database.exec("BEGIN EXCLUSIVE");
      return new KernelLock(path, database);
    } catch (error) {
      // A partial lock would block other attempts.
      database.close();
      if (isBusy(error)) return undefined;
      if (UNSUPPORTED.includes(codeOf(error))) return new KernelLock(path, undefined);
      throw error;
    }
  }

  /** False on a file system without locks: then another process may have the database. */
  get isExclusive(): boolean {
    return this.#database !== undefined;
  }

  /** False once another file has its name, or a descriptor closed elsewhere has dropped the lock. */
  async isStanding(): Promise<boolean> {
    if (this.#database === undefined) return true;
    if (fileAt(this.path) !== this.#file) return false;
    const isListed = await isInKernelList(this.#file);
    this.#wasListed ||= isListed;
    return isListed || !this.#wasListed;
  }

  [Symbol.dispose](): void {
    if (this.#database?.isOpen === true) this.#database.close();
  }
}

/** Whether the lock is held now. Takes a shared lock for a moment, so attempts to take it are repeated. */
export function isKernelLockHeld(path: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    refuseUnlessPlain(path);
    database = new DatabaseSync(path, { timeout: 0, readOnly: true });
    database.exec("SELECT count(*) FROM sqlite_schema");
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    database?.close();
  }
}

/** Opening a pipe would block, and SQLite follows links. */
function refuseUnlessPlain(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isFile() === false) throw new Error(`${path} must be a plain file; move it away`);
}

function fileAt(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}

/** Linux lists the locks of all visible processes, each with the number of its file. */
async function isInKernelList(file: string | undefined): Promise<boolean> {
  const [, inode] = file?.split(" ") ?? [];
  const list = await readFile("/proc/locks", "utf8").catch(() => "");
  return list.includes(`:${inode} `);
}

function isBusy(error: unknown): boolean {
  return [BUSY, LOCKED].includes(codeOf(error) & 0xff);
}

function codeOf(error: unknown): number {
  return Number((error as { readonly errcode?: unknown } | null)?.errcode ?? 0);
}
