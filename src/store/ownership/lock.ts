/**
 * The lock of a database: at most one process runs its agents. The kernel holds it (kernel-lock.ts), so
 * that it is free as soon as its process is gone; a note next to it names the holder (lock-note.ts).
 *
 * Limit: on a file system without locks between machines, the note is the second guard. The process that
 * starts later replaces it, and the earlier one ends at its next check (ownership.ts). A database on an
 * object store is locked only for this machine, in the folder of its files here; everywhere else the
 * claim in its table is the guard (claim.ts).
 *
 * A takeover does without the lock of the database's own folder as long as the earlier process has it, but
 * never without that of the files on this machine: there the journal can have one process only.
 */

import { randomUUID } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../files/make-folder.ts";
import { writeWhole } from "../../files/plain-file.ts";
import { defined } from "../../model/defined.ts";
import { TroupeError } from "../../model/errors.ts";
import { unusableFile } from "../unusable-file.ts";
import { lockedError, unknownHolder } from "./holder.ts";
import { isKernelLockHeld, KernelLock, LOCK_FILE } from "./kernel-lock.ts";
import { localFolder, lockedFolders } from "./location.ts";
import {
  isOfPlace,
  type LockHolder,
  type LockNote,
  NOTE_FILE,
  placeOf,
  readNote,
} from "./lock-note.ts";
import type { Ownership } from "./ownership.ts";
import { isRunning, isVisible, ownIdentity, readBootId } from "./process-identity.ts";

export type { LockHolder, LockNote } from "./lock-note.ts";

export interface StoreLock extends Ownership {
  /** The note's path. */
  readonly path: string;
  /** This process, as the lock was taken. */
  readonly self: LockHolder;
  /** True if this process has ended for certain: it would hold the lock that this one holds now. */
  excludes(other: LockHolder): boolean;
  /** Adds to the note; does nothing once the lock is released. */
  note(note: LockNote): Promise<void>;
}

/** Tries before giving up: a mere check holds the lock for a moment. */
const TRIES_MAX = 20;
/** Most milliseconds between two tries. */
const TRY_PAUSE_MS = 50;

/**
 * Takes the lock of a database.
 * @param local the setting `TROUPE_LOCAL`
 * @param takesOver true if it may be taken from a process that runs
 * @throws {TroupeError} `DATABASE_LOCKED`, which names the process and its start, or
 * `DATABASE_UNUSABLE` if a file of the lock cannot be made.
 */
export async function acquireLock(
  location: string,
  local: string | null = null,
  takesOver = false,
): Promise<StoreLock> {
  const folders = lockedFolders(location, local);
  const path = notePath(folders);
  let held: readonly KernelLock[] | undefined;
  try {
    for (const folder of folders) makeFolder(folder);
    const before = await findHere(path);
    held = await take(folders, async () => (await findRival(path)) !== undefined);
    const [database = "", ...files] = folders;
    const isLent = held === undefined && takesOver && files.length > 0;
    if (isLent) held = await take(files);
    const holder = held === undefined ? await findHere(path) : await findOtherRival(path);
    if (held === undefined || (holder !== undefined && !takesOver)) {
      const remedy = takesOver ? `it holds files on this machine: end that process` : undefined;
      throw lockedError(location, holder, { path, ...defined({ remedy }) });
    }
    const missing = isLent ? [database] : [];
    const isWhole = localFolder(location) !== undefined;
    const self = await ownNote();
    const lock = new FolderLock({ path, held, missing, before, isWhole }, self);
    await lock.write();
    return lock;
  } catch (cause) {
    release(held);
    if (cause instanceof TroupeError) throw cause;
    throw unusableFile(`database ${location}: its lock cannot be taken`, path, cause);
  }
}

/**
 * The process that runs the agents of this database, if any. A note that was copied with another
 * database's folder does not count.
 * @param local the setting `TROUPE_LOCAL`
 */
export async function findLockHolder(
  location: string,
  local: string | null = null,
): Promise<LockHolder | undefined> {
  const folders = lockedFolders(location, local);
  const note = await findHere(notePath(folders));
  if (note === undefined) return undefined;
  if (await isVisible(note)) return (await isRunning(note)) ? note : undefined;
  return isKernelLockHeld(lockPath(folders[0])) ? note : undefined;
}

/** Whether a process has the lock, with or without a note. */
export function isLockHeld(location: string, local: string | null): boolean {
  return isKernelLockHeld(lockPath(lockedFolders(location, local)[0]));
}

function notePath([folder = ""]: readonly string[]): string {
  return join(folder, NOTE_FILE);
}

function lockPath(folder = ""): string {
  return join(folder, LOCK_FILE);
}

/** Takes all or none. @param isHopeless checked after a try: the holder is known to run */
async function take(
  folders: readonly string[],
  isHopeless: () => Promise<boolean> = async () => false,
): Promise<readonly KernelLock[] | undefined> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const taken: KernelLock[] = [];
    try {
      for (const folder of folders) {
        const lock = KernelLock.tryTake(lockPath(folder));
        if (lock !== undefined) taken.push(lock);
      }
    } catch (error) {
      release(taken);
      throw error;
    }
    if (taken.length === folders.length) return taken;
    release(taken);
    if (await isHopeless()) return undefined;
    // Random, or two that try at the same moment would meet again.
    await new Promise((next) => setTimeout(next, TRY_PAUSE_MS * Math.random()));
  }
  return undefined;
}

function release(held: readonly KernelLock[] | undefined): void {
  for (const lock of held ?? []) lock[Symbol.dispose]();
}

/** The note, if it is of this folder. */
async function findHere(path: string): Promise<LockHolder | undefined> {
  const note = await readNote(path);
  if (note === undefined) return undefined;
  return isOfPlace(note, await placeOf(join(path, "..")), await readBootId()) ? note : undefined;
}

/**
 * A process that runs by its note although the kernel's lock was free: it is of an older version, or on
 * a file system without locks.
 */
async function findRival(path: string): Promise<LockHolder | undefined> {
  const note = await findHere(path);
  if (note === undefined || !(await isVisible(note))) return undefined;
  return (await isRunning(note)) ? note : undefined;
}

/** Not this process: its own earlier note was released since. */
async function findOtherRival(path: string): Promise<LockHolder | undefined> {
  const rival = await findRival(path);
  return rival?.pid === process.pid ? undefined : rival;
}

async function ownNote(): Promise<LockHolder> {
  return { ...(await ownIdentity()), started_at: Date.now(), token: randomUUID() };
}

interface Taken {
  readonly path: string;
  readonly held: readonly KernelLock[];
  /** Folders whose lock an earlier process has until it ends. */
  readonly missing: readonly string[];
  /** The note that was there. */
  readonly before: LockHolder | undefined;
  /** True if every process that runs the database takes this lock. */
  readonly isWhole: boolean;
}

class FolderLock implements StoreLock {
  readonly path: string;
  readonly name: string;
  readonly self: LockHolder;
  readonly #taken: Taken;
  readonly #folder: string;
  readonly #held: KernelLock[];
  #missing: readonly string[];
  /** The note's content; undefined once released. */
  #note: LockHolder | undefined;
  /** Writes and checks of the note run one after the other: a check during a write could misread it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(taken: Taken, self: LockHolder) {
    const { path, held, missing } = taken;
    this.path = path;
    this.name = `the lock ${path}`;
    this.self = self;
    this.#taken = taken;
    this.#folder = join(path, "..");
    this.#held = [...held];
    this.#missing = missing;
    this.#note = self;
  }

  excludes(other: LockHolder): boolean {
    const { before, isWhole } = this.#taken;
    const isHeld = this.#missing.length === 0 && this.#held.every(({ isExclusive }) => isExclusive);
    return isHeld && (isWhole || (other.token !== undefined && other.token === before?.token));
  }

  /** Writes the note, with the folder as it is now. */
  async write(): Promise<void> {
    if (this.#note === undefined) return;
    this.#note = { ...this.#note, place: await placeOf(this.#folder) };
    await writeWhole(this.path, `${JSON.stringify(this.#note)}\n`).catch((cause: unknown) => {
      throw unusableFile("the database's lock cannot be noted", this.path, cause);
    });
  }

  note(note: LockNote): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#note === undefined) return;
      this.#note = { ...this.#note, ...note };
      // A note of another process is left to the next check.
      if ((await readNote(this.path))?.token === this.#note.token) await this.write();
    });
  }

  findOtherHolder(): Promise<LockHolder | undefined> {
    return this.#inTurn(async () => {
      if (this.#note === undefined || !(await isThere(this.#folder))) return undefined;
      const found = await findHere(this.path);
      if (found !== undefined && found.token !== this.#note.token) return found;
      this.#missing = this.#missing.filter((folder) => !this.#takeNow(folder));
      if (!(await this.#holdOn())) return found ?? unknownHolder;
      // Missing, or copied with a folder.
      if (found === undefined) await this.write();
      return undefined;
    });
  }

  release(): Promise<void> {
    return this.#inTurn(async () => {
      const note = this.#note;
      this.#note = undefined;
      if (note !== undefined && (await readNote(this.path))?.token === note.token) {
        await rm(this.path, { force: true });
      }
      release(this.#held);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** After a takeover, once the earlier process has ended. */
  #takeNow(folder: string): boolean {
    const lock = KernelLock.tryTake(lockPath(folder));
    if (lock !== undefined) this.#held.push(lock);
    return lock !== undefined;
  }

  /** Takes lost parts of the kernel's lock again; false if another process has one by now. */
  async #holdOn(): Promise<boolean> {
    for (const [n, lock] of this.#held.entries()) {
      if (await lock.isStanding()) continue;
      lock[Symbol.dispose]();
      const again = await take([join(lock.path, "..")]);
      if (again?.[0] === undefined) return false;
      this.#held[n] = again[0];
    }
    return true;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
