/**
 * The lock of a database: at most one process runs its agents. A lock whose process is gone is taken
 * over, by one of however many try.
 *
 * The lock is a file that appears whole or not at all (a hard link to a finished one). A stale one is
 * replaced by whoever makes its *claim* first: a file named after the stale lock's text, so that a
 * claim on one lock says nothing about the next. A claimant that dies leaves a claim that is stale in
 * turn; the next one makes claim number two, and so on.
 *
 * Limit: it guards one machine. For a database on an object store it lies in ./data/locks.
 */

import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { TroupeError } from "../model/errors.ts";
import { localFolder } from "./location.ts";
import { isRunning, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

/** What a process tells about itself to those who find its lock. */
export interface LockNote {
  /** Number of this start of the process. */
  readonly epoch?: number;
  /** Where it serves, once it does. */
  readonly url?: string;
}

/** The text of a lock, parsed. */
export interface LockHolder extends ProcessIdentity, LockNote {
  /** Milliseconds since the epoch. */
  readonly started_at: number;
}

export interface StoreLock extends AsyncDisposable {
  readonly path: string;
  /** Adds to what others are told; does nothing once the lock is released. */
  note(note: LockNote): Promise<void>;
  /**
   * Looks whether the lock is still this one. A lock file that is gone while its folder stands is
   * put back, unless another process was first.
   * @returns who holds it where that is somebody else: this process must not write any more.
   */
  findUsurper(): Promise<LockHolder | undefined>;
  /** Removes the lock if it is still this one. May be called twice. */
  release(): Promise<void>;
}

/** Looks at the lock before giving up: each time another process took or left it in between. */
const TRIES_MAX = 50;
/** Milliseconds between two of them. */
const TRY_PAUSE_MS = 20;
/** Claimants of one stale lock that may have died in the attempt. */
const CLAIMS_MAX = 20;

/**
 * Takes the lock of a database.
 * @throws {TroupeError} `DATABASE_LOCKED`, which names the process and since when, or
 * `DATABASE_UNUSABLE` when the lock file cannot be written.
 */
export async function acquireLock(location: string, note: LockNote = {}): Promise<StoreLock> {
  const path = lockPath(location);
  const own = { ...(await ownIdentity()), started_at: Date.now(), token: randomUUID(), ...note };
  const text = JSON.stringify(own);
  try {
    await mkdir(dirname(path), { recursive: true });
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      if (await tryTake(path, text)) return new FileLock(path, text);
      await refuseIfHeld(location, path);
      await new Promise((next) => setTimeout(next, TRY_PAUSE_MS));
    }
  } catch (cause) {
    if (cause instanceof TroupeError) throw cause;
    throw new TroupeError("DATABASE_UNUSABLE", `database ${location}: lock ${path} not taken`, {
      cause,
      details: { location, path },
    });
  }
  throw locked(location, path, "by processes that keep taking it over");
}

/** The process that runs the agents of this database, if one does. */
export async function findLockHolder(location: string): Promise<LockHolder | undefined> {
  const text = await readLock(lockPath(location));
  const holder = text === undefined ? undefined : parseHolder(text);
  return holder !== undefined && (await isRunning(holder)) ? holder : undefined;
}

function lockPath(location: string): string {
  const folder = localFolder(location);
  if (folder !== undefined) return join(folder, "troupe.lock");
  return resolve("data", "locks", `${digest(location)}.lock`);
}

/** True once the lock is ours: it was free, or it was stale and the claim on it is ours. */
async function tryTake(path: string, text: string): Promise<boolean> {
  if (await create(path, text)) return true;
  const stale = await readLock(path);
  if (stale === undefined || (await isHeld(stale))) return false;
  const claim = await claimStale(path, stale, text);
  if (claim === undefined) return false;
  try {
    // Between the look and the claim somebody else may have finished: claims are removed after that.
    const isSame = (await readLock(path)) === stale;
    if (isSame) await replace(path, text);
    await removeClaims(path, stale);
    return isSame;
  } catch (error) {
    // Only our own: while the stale lock stands, two could else claim under different numbers.
    await rm(claim, { force: true });
    throw error;
  }
}

/** The claim is ours when its file is, and all claimants before us are dead. */
async function claimStale(path: string, stale: string, text: string): Promise<string | undefined> {
  for (let number = 1; number <= CLAIMS_MAX; number++) {
    const claim = claimPath(path, stale, number);
    if (await create(claim, text)) return claim;
    const other = await readLock(claim);
    // Gone again: its owner has finished, so the lock is another one by now.
    if (other === undefined || (await isHeld(other))) return undefined;
  }
  return undefined;
}

async function removeClaims(path: string, stale: string): Promise<void> {
  // From the last to the first: as long as one stands, nobody can make an earlier one.
  for (let number = CLAIMS_MAX; number >= 1; number--) {
    await rm(claimPath(path, stale, number), { force: true });
  }
}

function claimPath(path: string, stale: string, number: number): string {
  return `${path}.${digest(stale)}.${number}`;
}

/** Makes a file with this text, whole at once; false where one stands already. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = await writeDraft(path, text);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(path: string, text: string): Promise<void> {
  await rename(await writeDraft(path, text), path);
}

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.${randomUUID()}`);
  await writeFile(draft, text, { flag: "wx", mode: 0o644 });
  return draft;
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Text that is no lock is what a power cut left of one: nobody holds it. */
async function isHeld(text: string): Promise<boolean> {
  const holder = parseHolder(text);
  return holder !== undefined && (await isRunning(holder));
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder> | null;
    if (!Number.isSafeInteger(holder?.pid) || Number(holder?.pid) <= 0) return undefined;
    return { start_ticks: null, boot_id: null, started_at: 0, ...holder } as LockHolder;
  } catch {
    return undefined;
  }
}

async function refuseIfHeld(location: string, path: string): Promise<void> {
  const text = await readLock(path);
  const holder = text === undefined ? undefined : parseHolder(text);
  if (holder === undefined || !(await isRunning(holder))) return;
  const since = new Date(holder.started_at).toISOString();
  throw locked(location, path, `by process ${holder.pid}, which runs since ${since}`, holder);
}

function locked(location: string, path: string, by: string, holder?: LockHolder): TroupeError {
  const { pid, started_at } = holder ?? {};
  return new TroupeError("DATABASE_LOCKED", `database ${location} is in use ${by}`, {
    details: { location, path, pid, started_at },
  });
}

/** What tells one taking of the lock from every other. */
function tokenOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly token?: unknown } | null)?.token;
  } catch {
    return undefined;
  }
}

/** Whoever wrote a lock that cannot be read. */
const unknownHolder: LockHolder = { pid: 0, start_ticks: null, boot_id: null, started_at: 0 };

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

class FileLock implements StoreLock {
  readonly path: string;
  /** What the file holds while the lock is ours; undefined once released. */
  #text: string | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.#text = text;
  }

  async note(note: LockNote): Promise<void> {
    if (this.#text === undefined || (await readLock(this.path)) !== this.#text) return;
    const text = JSON.stringify({ ...(JSON.parse(this.#text) as object), ...note });
    await replace(this.path, text);
    this.#text = text;
  }

  async findUsurper(): Promise<LockHolder | undefined> {
    const found = await readLock(this.path);
    const text = this.#text;
    // By the token: a note that is under way may have changed the rest of the text.
    if (text === undefined || (found !== undefined && tokenOf(found) === tokenOf(text))) {
      return undefined;
    }
    if (found !== undefined) return parseHolder(found) ?? unknownHolder;
    await create(this.path, text).catch(() => false); // the folder is gone too: looked at again
    return undefined;
  }

  async release(): Promise<void> {
    const text = this.#text;
    this.#text = undefined;
    if (text !== undefined && (await readLock(this.path)) === text) await rm(this.path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
