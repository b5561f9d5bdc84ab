/**
 * The journal's file, seen from the main thread. Changes are sent to the file's thread without waiting for
 * its answers, and the thread makes one transaction of all that have arrived, so a caller waits for the one
 * under way and its own at most, and the thread never waits for the main thread. The thread ends only with
 * {@link JournalFile.close}; if it ends for another reason, every later change is refused.
 * Rejected: to gather changes here until the thread has answered, which leaves the thread idle while main
 * works, and main while the disk does.
 */

import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { waitAtMost } from "../../deadline.ts";
import { journalEntry } from "../../entry-points.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { syncFolder } from "../../files/plain-file.ts";
import { TroupeError } from "../../model/errors.ts";
import { Pump } from "../../pump.ts";
import { unusableFile } from "../unusable-file.ts";
import { damagedJournal } from "./journal-damage.ts";
import type {
  JournalAnswer,
  JournalChange,
  JournalCommitted,
  JournalOpened,
} from "./journal-protocol.ts";
import { newerJournal, unopenedJournal } from "./stored-entry.ts";

/** Milliseconds that a close waits for the disk, and again for the thread's end. */
const CLOSE_MS_MAX = 5_000;
/** Rows of changes without an answer; a further change is refused. */
const ROWS_UNANSWERED_MAX = 100_000;
/** Callers of one message, which continue in one turn of the event loop. */
const CALLERS_MAX = 50;

export interface JournalObserver {
  /** A change is on the disk. */
  readonly onStored: () => void;
  /** A change was refused by the disk, or by SQLite. */
  readonly onFailed: (error: TroupeError) => void;
}

/** Changes of one message. */
interface Batch {
  readonly changes: Partial<JournalChange>[];
  rows: number;
  readonly stored: PromiseWithResolvers<void>;
  /** Why it was not stored. */
  fault?: TroupeError;
}

export class JournalFile {
  readonly #worker: Worker;
  /** Of the file. */
  readonly path: string;
  readonly #observer: JournalObserver;
  readonly #opened = Promise.withResolvers<JournalAnswer>();
  /** Gathers callers until it is sent, in this turn of the event loop. */
  #batch: Batch | undefined;
  /** Sent and not answered, in order. */
  readonly #unanswered: Batch[] = [];
  /** Rows of both. */
  #rows = 0;
  /** Answered batches, whose callers continue in the order of their calls. */
  readonly #answered: Batch[] = [];
  readonly #callers = new Pump<Batch>(
    () => this.#answered.shift(),
    ({ stored, fault }) => {
      if (fault === undefined) stored.resolve();
      else stored.reject(fault);
    },
  );
  readonly #ended = Promise.withResolvers<void>();
  #isClosing = false;
  #hasEnded = false;
  #bytes = 0;
  #syncMs = 0;
  #syncs = 0;

  private constructor(folder: string, observer: JournalObserver) {
    this.path = join(folder, "journal.sqlite");
    this.#observer = observer;
    this.#worker = new Worker(journalEntry, {
      workerData: { folder },
      name: "journal",
      execArgv: [],
      env: {},
    });
    this.#worker.on("message", (answer: JournalAnswer) => this.#onAnswer(answer));
    this.#worker.on("error", (error: Error) => this.#onEnd(error.message));
    this.#worker.once("exit", () => this.#onEnd("its thread has ended"));
  }

  /**
   * Opens the file in the folder, or makes it.
   * @throws {TroupeError} `DATABASE_UNUSABLE` if it cannot be made or read; `JOURNAL_DAMAGED`; `DATABASE_NEWER`.
   */
  static async open(
    folder: string,
    observer: JournalObserver,
  ): Promise<{ readonly file: JournalFile; readonly opened: JournalOpened }> {
    try {
      makeFolder(folder);
    } catch (cause) {
      throw unusableFile(`the journal's folder ${folder} cannot be made`, folder, cause);
    }
    const file = new JournalFile(folder, observer);
    const opened = await file.#opened.promise;
    if (opened.kind !== "opened") {
      await file.close();
      if (opened.kind === "newer") throw newerJournal(file.path, opened.layout);
      const why = "message" in opened ? opened.message : opened.kind;
      if (opened.kind === "damaged") throw damagedJournal(file.path, why);
      throw unopenedJournal(file.path, why);
    }
    file.#bytes = opened.bytes;
    // SQLite syncs the file and its log; the names of both, and of the folder, are synced here.
    try {
      await syncFolder(folder);
      await syncFolder(dirname(folder));
    } catch (cause) {
      await file.close();
      throw unusableFile(`the journal's folder ${folder} cannot be synced`, folder, cause);
    }
    return { file, opened };
  }

  /** Bytes of the log; milliseconds of the last transaction with its sync; how many there were. */
  get figures(): { readonly bytes: number; readonly syncMs: number; readonly syncs: number } {
    return { bytes: this.#bytes, syncMs: this.#syncMs, syncs: this.#syncs };
  }

  /**
   * Resolves once the change is on the disk. Changes are made in the order of the calls.
   * @throws {TroupeError} `STORE_UNAVAILABLE`; then nothing of it is stored.
   */
  change(change: Partial<JournalChange>): Promise<void> {
    const rows = rowsOf(change);
    const refusal = this.#refusal(rows);
    if (refusal !== undefined) return Promise.reject(refusal);
    const batch = this.#batch ?? this.#begin();
    batch.changes.push(change);
    batch.rows += rows;
    this.#rows += rows;
    if (batch.changes.length === CALLERS_MAX) this.#send(batch);
    return batch.stored.promise;
  }

  /** Stores what was accepted, then closes the file; a disk that never answers is given up. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#batch !== undefined) this.#send(this.#batch);
    if (!this.#hasEnded) this.#worker.postMessage("close");
    await waitAtMost(this.#ended.promise, CLOSE_MS_MAX);
    if (!this.#hasEnded) await waitAtMost(this.#worker.terminate(), CLOSE_MS_MAX);
  }

  #refusal(rows: number): TroupeError | undefined {
    if (this.#isClosing) return this.#unwritable("it is closed");
    if (this.#hasEnded) return this.#unwritable("its thread has ended");
    // A change that is too large is still accepted if nothing else waits.
    if (this.#rows === 0 || this.#rows + rows <= ROWS_UNANSWERED_MAX) return undefined;
    return this.#unwritable(`${this.#rows} rows wait for it; the limit is ${ROWS_UNANSWERED_MAX}`);
  }

  #begin(): Batch {
    const batch: Batch = { changes: [], rows: 0, stored: Promise.withResolvers() };
    this.#batch = batch;
    const send = () => this.#send(batch);
    // The thread rests, or has work until the other callers of this round of the event loop are here.
    if (this.#unanswered.length === 0) queueMicrotask(send);
    else setImmediate(send);
    return batch;
  }

  #send(batch: Batch): void {
    if (this.#batch !== batch) return; // it was full, and is sent
    this.#batch = undefined;
    this.#unanswered.push(batch);
    if (this.#hasEnded) this.#onEnd("its thread has ended");
    else this.#worker.postMessage(merge(batch.changes));
  }

  #onAnswer(answer: JournalAnswer): void {
    if ("changes" in answer) this.#settle(this.#unanswered.splice(0, answer.changes), answer);
    else this.#opened.resolve(answer);
  }

  #settle(batches: readonly Batch[], answer: JournalCommitted): void {
    for (const batch of batches) this.#rows -= batch.rows;
    if (answer.kind === "stored") {
      this.#bytes = answer.bytes;
      this.#syncMs = answer.ms;
      this.#syncs += 1;
      this.#observer.onStored();
    } else {
      const fault = this.#unwritable(answer.message);
      this.#observer.onFailed(fault);
      for (const batch of batches) batch.fault = fault;
    }
    this.#answered.push(...batches);
    this.#callers.run();
  }

  #unwritable(why: string): TroupeError {
    const path = this.path;
    const message = `the journal ${path} cannot be written: ${why}`;
    return new TroupeError("STORE_UNAVAILABLE", message, { details: { path } });
  }

  #onEnd(message: string): void {
    this.#hasEnded = true;
    this.#opened.resolve({ kind: "unopened", message });
    const batches = this.#unanswered.splice(0);
    const changes = batches.length;
    if (changes > 0) this.#settle(batches, { kind: "failed", changes, message });
    this.#ended.resolve();
  }
}

function rowsOf({ owner: _owner, ...lists }: Partial<JournalChange>): number {
  return Object.values(lists).reduce((sum, list) => sum + list.length, 0);
}

function merge(changes: readonly Partial<JournalChange>[]): JournalChange {
  const owner = changes.findLast((change) => change.owner !== undefined)?.owner;
  return {
    adds: changes.flatMap(({ adds }) => adds ?? []),
    ends: changes.flatMap(({ ends }) => ends ?? []),
    removes: changes.flatMap(({ removes }) => removes ?? []),
    effectAdds: changes.flatMap(({ effectAdds }) => effectAdds ?? []),
    effectRemoves: changes.flatMap(({ effectRemoves }) => effectRemoves ?? []),
    ...(owner !== undefined && { owner }),
  };
}
