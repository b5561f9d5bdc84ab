/**
 * The log of the journal's file (SQLite's WAL), which each transaction syncs. It is moved into the file
 * seldom, and if possible while the journal is empty: a copy of the folder that is made at any other time
 * can be opened.
 *
 * The log is written into space that its file has already. The sync of a file that grows writes also where
 * its blocks are, which takes about half as long again, and many times as long next to other writers
 * (`bench/log-growth.ts`). So zeros are written ahead, which SQLite does not take for a transaction, and the
 * log is written over once it is moved.
 */

import { closeSync, fstatSync, fsyncSync, openSync, statSync, writeSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { JOURNAL_LAYOUT } from "./stored-entry.ts";

/** Bytes of the log above which it is moved into the file: of an empty journal, and of any. */
const MOVED_BYTES_IDLE = 4 * 2 ** 20;
const MOVED_BYTES = 256 * 2 ** 20;
/** Size above which the log's file gives its space back when it is moved. */
const KEPT_BYTES_MAX = 32 * 2 ** 20;
/** Zeros that are written at once, and fewer than how many make it necessary. */
const AHEAD_BYTES = 2 ** 20;
const AHEAD_BYTES_LEAST = AHEAD_BYTES / 4;
/** Bytes of a page in the log, with its header. */
const FRAME_BYTES = 4_096 + 24;

export class JournalLog {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #state: StatementSync;
  /** Bytes of the transactions that are not moved. */
  #bytes: number;
  /** Bytes that the last transaction has added. */
  #added = 0;
  /** Size of the log's file. */
  #fileBytes: number;

  /** @param path of the database's file */
  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = `${path}-wal`;
    this.#state = database.prepare("PRAGMA wal_checkpoint(NOOP)");
    this.#bytes = this.#count();
    this.#fileBytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Of its file: SQLite makes that larger when it must. */
  get bytes(): number {
    return this.#fileBytes;
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
    // Starts the log anew: a copy that is made from now on has none of the transactions that were moved.
    this.#database.exec(`PRAGMA user_version = ${JOURNAL_LAYOUT}`);
    this.#bytes = this.#count();
  }

  /** Not after a large transaction: such a one is not held up by its blocks, and more of them may follow. */
  #writeAhead(): void {
    if (this.#added > AHEAD_BYTES_LEAST) return;
    if (this.#fileBytes - this.#bytes > AHEAD_BYTES_LEAST) return;
    const file = openSync(this.#path, "r+");
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
