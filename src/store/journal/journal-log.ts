/**
 * The log of the journal's file (SQLite's WAL), which each transaction syncs. It is moved into the file
 * seldom, and if possible while the journal is empty: a copy of the folder that is made at any other time
 * can be opened.
 *
 * The log is written into space that its file has already. The sync of a file that grows writes also where
 * its blocks are: on a disk without other work that takes a fifth longer, and next to other writers up to
 * several times as long (`bench/log-growth.ts`). So zeros are written ahead, which SQLite does not take for a
 * transaction, and the log is written over once it is moved.
 */

import { closeSync, fstatSync, fsyncSync, openSync, statSync, writeSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { JOURNAL_LAYOUT } from "./stored-entry.ts";

/** Bytes of the log above which it is moved into the file: of an empty journal, and of any. */
const MOVED_BYTES_IDLE = 4 * 2 ** 20;
const MOVED_BYTES = 256 * 2 ** 20;
/** Bytes above which the log, and free pages of the database's file, are given back when the log is moved. */
const KEPT_BYTES_MAX = 32 * 2 ** 20;
/** Zeros that are written ahead in one go, and how few must be left before that is done again. */
const AHEAD_BYTES = 2 ** 20;
const AHEAD_BYTES_LEAST = AHEAD_BYTES / 4;
const PAGE_BYTES = 4_096;
/** Bytes of a page in the log, with its header. */
const FRAME_BYTES = PAGE_BYTES + 24;

export class JournalLog {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #state: StatementSync;
  /** Bytes of the transactions that are not moved. */
  #bytes: number;
  /** Bytes that the last transaction has added. */
  #added = 0;
  /** Size of the log's file, which SQLite makes larger when it must. */
  #fileBytes: number;
  /** Size of the database's file, which only moves change. */
  #databaseBytes: number;

  /** @param path of the database's file */
  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#state = database.prepare("PRAGMA wal_checkpoint(NOOP)");
    this.#bytes = this.#count();
    this.#fileBytes = sizeOf(this.#logPath);
    this.#databaseBytes = sizeOf(path);
  }

  /** Of its file, and of the database's. */
  get bytes(): number {
    return this.#fileBytes + this.#databaseBytes;
  }

  get #logPath(): string {
    return `${this.#path}-wal`;
  }

  /** After each transaction. */
  follow(): void {
    const before = this.#bytes;
    this.#bytes = this.#count();
    this.#added = this.#bytes - before;
    this.#fileBytes = Math.max(this.#fileBytes, this.#bytes);
  }

  /** After {@link follow}, once the transaction is answered. What fails is tried again after the next. */
  tend(isJournalEmpty: boolean): void {
    try {
      if (this.#bytes > (isJournalEmpty ? MOVED_BYTES_IDLE : MOVED_BYTES)) this.#move();
      else this.#writeAhead();
    } catch {
      // What was committed is stored, whatever becomes of the folder.
    }
  }

  #move(): void {
    const isLarge = this.#fileBytes > KEPT_BYTES_MAX;
    this.#database.exec(`PRAGMA wal_checkpoint(${isLarge ? "TRUNCATE" : "RESTART"})`);
    if (isLarge) this.#fileBytes = 0;
    this.#giveBack();
    this.#databaseBytes = sizeOf(this.#path);
    // The first transaction of the new log: a copy that is made from now on has none of those that were moved.
    this.#database.exec(`PRAGMA user_version = ${JOURNAL_LAYOUT}`);
    this.#bytes = this.#count();
  }

  /** Most of the database's file may be of entries that are gone. */
  #giveBack(): void {
    const { page_count: pages } = this.#database.prepare("PRAGMA page_count").get() ?? {};
    const { freelist_count: free } = this.#database.prepare("PRAGMA freelist_count").get() ?? {};
    const isWorth = Number(free) * PAGE_BYTES > KEPT_BYTES_MAX && Number(free) > Number(pages) / 2;
    if (!isWorth) return;
    this.#database.exec("VACUUM");
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#fileBytes = 0;
  }

  /** Not after a large transaction: such a one is not held up by its blocks, and more of them may follow. */
  #writeAhead(): void {
    if (this.#added > AHEAD_BYTES_LEAST) return;
    if (this.#fileBytes - this.#bytes > AHEAD_BYTES_LEAST) return;
    const file = openSync(this.#logPath, "r+");
    try {
      // Behind everything that SQLite has written, however that is counted.
      const { size } = fstatSync(file);
      const written = writeSync(file, new Uint8Array(AHEAD_BYTES), 0, AHEAD_BYTES, size);
      fsyncSync(file);
      this.#fileBytes = size + written;
    } finally {
      closeSync(file);
    }
  }

  #count(): number {
    const { log, checkpointed } = this.#state.get() as Record<"log" | "checkpointed", number>;
    return log === checkpointed ? 0 : log * FRAME_BYTES;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
