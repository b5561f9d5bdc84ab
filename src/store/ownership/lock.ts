/**
 * The lock of a database: at most one process runs its agents. The kernel holds it (kernel-lock.ts), so
 * that it is free as soon as its process is gone; a note beside it says whose it is (lock-note.ts).
 *
 * Limit: where a file system has no locks between machines, the note is the second guard. The process
 * that starts later replaces it, and the earlier one ends when it looks at it next, see lock-watch.ts.
 * A database on an object store is locked for this machine alone, in the folder of its own files here.
 */

import { randomUUID } from "node:crypto";
import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { TroupeError } from "../../model/errors.ts";
import { writeWhole } from "../../plain-file.ts";
import { isKernelLockHeld, KernelLock, LOCK_FILE } from "./kernel-lock.ts";
import { lockedFolders } from "./location.ts";
import {
  isOfPlace,
  type LockHolder,
  type LockNote,
  NOTE_FILE,
  placeOf,
  readNote,
} from "./lock-note.ts";
import { isRunning, isVisible, ownIdentity, readBootId } from "./process-identity.ts";

export type { LockHolder, LockNote } from "./lock-note.ts";

export interface StoreLock extends AsyncDisposable {
  /** Of the note. */
  readonly path: string;
  /** Adds to what others are told; does nothing once the lock is released. */
  note(note: LockNote): Promise<void>;
  /**
   * Looks whether the lock is still this one. What is missing of it while its folder is there is put
   * back, unless another process was first.
   * @returns who holds it where that is somebody else: this process must not write any more.
   */
  findOtherHolder(): Promise<LockHolder | undefined>;
  /** Releases the lock, and removes the note if it is still this one's. May be called twice. */
  release(): Promise<void>;
}

/** Tries before giving up: whoever only looks at the lock holds it for a moment. */
const TRIES_MAX = 20;
/** Milliseconds between two of them at most. */
const TRY_PAUSE_MS = 50;

/**
 * Takes the lock of a database.
 * @param local the setting `TROUPE_LOCAL`
 * @throws {TroupeError} `DATABASE_LOCKED`, which names the process and since when, or
 * `DATABASE_UNUSABLE` when a file of the lock cannot be made.
 */
export async function acquireLock(
  location: string,
  note: LockNote = {},
  local: string | null = null,
): Promise<StoreLock> {
  const folders = lockedFolders(location, local);
  const path = notePath(folders);
  let held: readonly KernelLock[] | undefined;
  try {
    for (const folder of folders) await mkdir(folder, { recursive: true });
    held = await take(folders, async () => (await findRival(path)) !== undefined);
    const holder = held === undefined ? await findHere(path) : await findOtherRival(path);
    if (held === undefined || holder !== undefined) throw locked(location, path, holder);
    const lock = new FolderLock(path, held, await ownNote(note));
    await lock.write();
    return lock;
  } catch (cause) {
    release(held);
    if (cause instanceof TroupeError) throw cause;
    const message = `database ${location}: its lock cannot be taken: ${(cause as Error).message}`;
    throw new TroupeError("DATABASE_UNUSABLE", message, { cause, details: { location, path } });
  }
}

/**
 * The process that runs the agents of this database, if one does. A note that came with a copy of
 * another database's folder names nobody.
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

/** A folder of tables has the note; it is where everybody looks. */
function notePath([folder = ""]: readonly string[]): string {
  return join(folder, NOTE_FILE);
}

function lockPath(folder = ""): string {
  return join(folder, LOCK_FILE);
}

/** All of them or none. @param isHopeless asked after a try: whoever holds it is known to run */
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
    // By chance: two who try at the same moment would else meet again.
    await new Promise((next) => setTimeout(next, TRY_PAUSE_MS * Math.random()));
  }
  return undefined;
}

function release(held: readonly KernelLock[] | undefined): void {
  for (const lock of held ?? []) lock[Symbol.dispose]();
}

/** The note, where it is of this folder. */
async function findHere(path: string): Promise<LockHolder | undefined> {
  const note = await readNote(path);
  if (note === undefined) return undefined;
  return isOfPlace(note, await placeOf(join(path, "..")), await readBootId()) ? note : undefined;
}

/**
 * A process that runs by its note. Where the kernel's lock was free all the same, it is of an older
 * version, or has lost the lock to a file system without any.
 */
async function findRival(path: string): Promise<LockHolder | undefined> {
  const note = await findHere(path);
  if (note === undefined || !(await isVisible(note))) return undefined;
  return (await isRunning(note)) ? note : undefined;
}

/** This process cannot be its own: what it has noted before, it has released since. */
async function findOtherRival(path: string): Promise<LockHolder | undefined> {
  const rival = await findRival(path);
  return rival?.pid === process.pid ? undefined : rival;
}

async function ownNote(note: LockNote): Promise<LockHolder> {
  return { ...(await ownIdentity()), started_at: Date.now(), token: randomUUID(), ...note };
}

function locked(location: string, path: string, holder: LockHolder | undefined): TroupeError {
  const { pid, started_at, host, url } = holder ?? {};
  const message = `database ${location} is in use by ${describeHolder(holder)}`;
  return new TroupeError("DATABASE_LOCKED", message, {
    details: { location, path, pid, started_at, host, url },
  });
}

/** For a message: which process, where, since when. */
export function describeHolder(holder: LockHolder | undefined): string {
  if (holder === undefined) return `a process that has left no ${NOTE_FILE}`;
  const { pid, host, started_at, url } = holder;
  const where = host === undefined ? "" : ` on ${host}`;
  const address = url === undefined ? "" : ` at ${url}`;
  const since = started_at === 0 ? "" : `, running since ${new Date(started_at).toISOString()}`;
  return `process ${pid}${where}${address}${since}`;
}

/** Whoever holds a lock without a note. */
const unknownHolder: LockHolder = { pid: 0, start_ticks: null, boot_id: null, started_at: 0 };

class FolderLock implements StoreLock {
  readonly path: string;
  readonly #folder: string;
  readonly #held: KernelLock[];
  /** What the note says; undefined once released. */
  #note: LockHolder | undefined;
  /** Notes and looks one after the other: a look in the midst of a note would miss what it replaces. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, held: readonly KernelLock[], note: LockHolder) {
    this.path = path;
    this.#folder = join(path, "..");
    this.#held = [...held];
    this.#note = note;
  }

  /** Writes the note, with the folder as it is now. */
  async write(): Promise<void> {
    if (this.#note === undefined) return;
    this.#note = { ...this.#note, place: await placeOf(this.#folder) };
    await writeWhole(this.path, `${JSON.stringify(this.#note)}\n`);
  }

  note(note: LockNote): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#note === undefined) return;
      this.#note = { ...this.#note, ...note };
      // One that is another's by now is left to the next look.
      if ((await readNote(this.path))?.token === this.#note.token) await this.write();
    });
  }

  findOtherHolder(): Promise<LockHolder | undefined> {
    return this.#inTurn(async () => {
      if (this.#note === undefined || !(await isThere(this.#folder))) return undefined;
      const found = await findHere(this.path);
      if (found !== undefined && found.token !== this.#note.token) return found;
      if (!(await this.#holdOn())) return found ?? unknownHolder;
      // Missing, or a copy's, whether of ours or of another database.
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

  /** Takes again what was lost of the kernel's lock; false where somebody else has it by now. */
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
