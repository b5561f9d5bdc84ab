/**
 * The journal of a database that no process runs: actions that were accepted, and effects, that the tables
 * may lack until the next start. It is read from a copy, so that nothing of it changes: the log of a process
 * that was killed cannot be read without being repaired.
 *
 * Invariant: while a process runs on the database, its journal is not opened; closing it here would
 * release the locks of a server in the same process.
 */

import { constants, copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ActionRow } from "../../model/action.ts";
import type { EffectRow } from "../../model/effect.ts";
import { TroupeError } from "../../model/errors.ts";
import { type StoreLog, silentLog } from "../store-log.ts";
import type { JournalFigures } from "./action-journal.ts";
import { damagedJournal, isDamage, isLogAlone, logAlone, logBroken } from "./journal-damage.ts";
import { findOtherOwner, type JournalDatabase, type NotedDatabase } from "./journal-owner.ts";
import type { StoredEffect, StoredEntry } from "./journal-protocol.ts";
import { loggedCommitsAreLost } from "./lost-commits.ts";
import {
  EFFECTS_LAYOUT,
  JOURNAL_FILE,
  JOURNAL_LAYOUT,
  newerJournal,
  readLayout,
  readOwner,
  rowOf,
  unopenedJournal,
} from "./stored-entry.ts";

export interface LeftJournalOptions {
  /** The folder of the file: `TROUPE_LOCAL`. */
  readonly folder: string;
  /** Entries of another one are not read. Called once the tables are open. */
  readonly database: () => JournalDatabase;
  /** True while a process runs on the database. */
  readonly isOwned: () => Promise<boolean>;
  readonly log?: StoreLog;
}

interface Entries {
  readonly rows: readonly ActionRow[];
  readonly effects: readonly EffectRow[];
}

interface Left extends Entries {
  readonly owner: NotedDatabase;
}

interface Content extends Entries {
  readonly bytes: number;
}

export class LeftJournal {
  readonly #options: LeftJournalOptions;
  readonly #path: string;
  /** Why the last read has failed. */
  #fault: TroupeError | undefined;
  /** What was read last, and of which state of the files. */
  #read: { readonly state: string; readonly content: Content } | undefined;

  constructor(options: LeftJournalOptions) {
    this.#options = options;
    this.#path = join(options.folder, JOURNAL_FILE);
  }

  /**
   * Its actions, each with its end if it has ended. None if a process runs on the database, or if
   * this user can read no journal.
   * @throws {TroupeError} `DATABASE_NEWER`.
   */
  async rows(): Promise<readonly ActionRow[]> {
    return (await this.#content())?.rows ?? [];
  }

  /** As {@link rows}; of one effect there may be several. */
  async effects(): Promise<readonly EffectRow[]> {
    return (await this.#content())?.effects ?? [];
  }

  /** Undefined if a process runs on the database, or if this user can read no journal. */
  async figures(): Promise<JournalFigures | undefined> {
    const content = await this.#content();
    if (content === undefined) return undefined;
    const { rows, effects, bytes } = content;
    const oldest = Math.min(...rows.slice(0, 1).map((row) => row.created_at), Date.now());
    const oldest_ms = Date.now() - oldest;
    const counts = { entries: rows.length, effects: effects.length };
    return { ...counts, bytes, oldest_ms, sync_ms: 0, syncs: 0 };
  }

  /** Why it cannot be read; undefined as for {@link figures}, too. */
  async findFault(): Promise<TroupeError | undefined> {
    await this.#content().catch(() => undefined);
    return this.#fault;
  }

  async #content(): Promise<Content | undefined> {
    const { isOwned, log = silentLog } = this.#options;
    this.#fault = undefined;
    try {
      if (await isOwned()) return undefined;
      const files = await Promise.all([this.#path, this.#logPath].map(findFile));
      const [file, wal] = files;
      if (isLogAlone(file?.bytes ?? 0, wal?.bytes ?? 0)) throw logAlone(this.#path);
      if (file === undefined) return undefined;
      const state = files.map((each) => each?.state).join();
      if (this.#read?.state === state) return this.#read.content;
      const { owner, ...entries } = await this.#readCopy(wal !== undefined);
      // A process that has started meanwhile may have changed the file during the copy.
      if (await isOwned()) return undefined;
      const isOther = (await findOtherOwner(owner, this.#options.database())) !== undefined;
      const content = { ...(isOther ? none : entries), bytes: file.bytes + (wal?.bytes ?? 0) };
      this.#read = { state, content };
      return content;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "EACCES" || code === "EPERM") return undefined;
      this.#fault = faultOf(error, this.#path);
      // Without its actions the queue would look complete.
      if (this.#fault?.code === "DATABASE_NEWER") throw error;
      log.warn({ err: error, path: this.#path }, "the journal cannot be read; the tables are");
      return undefined;
    }
  }

  get #logPath(): string {
    return `${this.#path}-wal`;
  }

  async #readCopy(hasLog: boolean): Promise<Left> {
    // Only this user can enter the folder.
    const folder = await mkdtemp(join(tmpdir(), "troupe-journal-"));
    try {
      const copy = join(folder, JOURNAL_FILE);
      await copyFile(this.#path, copy, constants.COPYFILE_FICLONE);
      if (hasLog) await copyFile(this.#logPath, `${copy}-wal`, constants.COPYFILE_FICLONE);
      return readEntries(copy, this.#path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Undefined for an error of a database that the journal notes, which names its own remedy. */
function faultOf(error: unknown, path: string): TroupeError | undefined {
  if (!(error instanceof TroupeError)) {
    const report = isDamage(error) ? damagedJournal : unopenedJournal;
    return report(path, (error as Error).message);
  }
  return ["DATABASE_NEWER", "JOURNAL_DAMAGED"].includes(error.code) ? error : undefined;
}

const none: Entries = { rows: [], effects: [] };
const nobody: NotedDatabase = { place: null, databaseId: null };

/** @param path of the file that was copied @throws {TroupeError} `DATABASE_NEWER`, `JOURNAL_DAMAGED`. */
function readEntries(copy: string, path: string): Left {
  const database = new DatabaseSync(copy);
  try {
    const layout = readLayout(database);
    if (loggedCommitsAreLost(database, copy)) throw logBroken(path);
    if (layout === 0) return { ...none, owner: nobody }; // it was never finished
    if (layout > JOURNAL_LAYOUT) throw newerJournal(path, layout);
    const owner = readOwner(database);
    const entries = database.prepare("SELECT row, end FROM entries ORDER BY seq").all();
    const rows = (entries as unknown as readonly StoredEntry[]).map(rowOf);
    if (layout < EFFECTS_LAYOUT) return { rows, effects: [], owner };
    const stored = database.prepare("SELECT seq, row FROM effects ORDER BY seq").all();
    const effects = (stored as unknown as readonly StoredEffect[]).map(
      ({ row }) => JSON.parse(row) as EffectRow,
    );
    return { rows, effects, owner };
  } finally {
    database.close();
  }
}

/**
 * Undefined if there is nothing at this path. A link is followed, as by the start.
 * @throws {TroupeError} `JOURNAL_DAMAGED` for a folder, a pipe and the like.
 */
async function findFile(path: string): Promise<{ state: string; bytes: number } | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  if (!found.isFile()) throw damagedJournal(path, "it is not a file");
  const { ino, size, mtimeMs, ctimeMs } = found;
  return { state: [ino, size, mtimeMs, ctimeMs].join(" "), bytes: size };
}
