/**
 * The journal's file, seen from the main thread: changes gather while a transaction is under way,
 * so a caller waits for that one and its own at most. The file's thread ends only with
 * {@link JournalFile.close}; if it ends for another reason, every later change is refused.
 */

import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { waitAtMost } from "../../deadline.ts";
import { journalEntry } from "../../entry-points.ts";
import { TroupeError } from "../../model/errors.ts";
import { GroupCommit } from "../lance/group-commit.ts";
import type { JournalAnswer, JournalChange, JournalOpened } from "./journal-protocol.ts";

/** Milliseconds that a close waits for the disk, and again for the thread's end. */
const CLOSE_MS_MAX = 5_000;
/** Rows that may be gathered for the next transaction; a further change is refused. */
const ROWS_GATHERED_MAX = 100_000;

export interface JournalObserver {
  /** A change is on the disk. */
  readonly onStored: () => void;
  /** A change was refused by the disk, or by SQLite. */
  readonly onFailed: (error: TroupeError) => void;
}

export class JournalFile {
  readonly #worker: Worker;
  readonly #observer: JournalObserver;
  /** The answers that are awaited, in the order of their messages. */
  readonly #awaited: PromiseWithResolvers<JournalAnswer>[] = [];
  readonly #changes: GroupCommit<Partial<JournalChange>>;
  readonly #ended = Promise.withResolvers<void>();
  #hasEnded = false;
  #bytes = 0;
  #syncMs = 0;
  #syncs = 0;

  private constructor(folder: string, observer: JournalObserver) {
    this.#observer = observer;
    this.#worker = new Worker(journalEntry, {
      workerData: { folder },
      name: "journal",
      execArgv: [],
      env: {},
    });
    this.#worker.on("message", (answer: JournalAnswer) => this.#awaited.shift()?.resolve(answer));
    this.#worker.on("error", (error: Error) => this.#onEnd(error.message));
    this.#worker.once("exit", () => this.#onEnd("its thread has ended"));
    this.#changes = new GroupCommit({
      name: "journal",
      flush: (changes) => this.#commit(changes),
      gapMs: 0,
      weightReady: ROWS_GATHERED_MAX / 2,
      weightMax: ROWS_GATHERED_MAX,
    });
  }

  /**
   * Opens the file in the folder, or makes it.
   * @throws {TroupeError} `DATABASE_UNUSABLE` if it cannot be made or read, or is too new.
   */
  static async open(
    folder: string,
    observer: JournalObserver,
  ): Promise<{ readonly file: JournalFile; readonly opened: JournalOpened }> {
    await mkdir(folder, { recursive: true });
    const file = new JournalFile(folder, observer);
    const opened = await file.#answer();
    if (opened.kind !== "opened") {
      await file.close();
      const why = opened.kind === "failed" ? opened.message : opened.kind;
      const path = join(folder, "journal.sqlite");
      throw new TroupeError("DATABASE_UNUSABLE", `the journal ${path} cannot be opened: ${why}`, {
        details: { path },
      });
    }
    file.#bytes = opened.bytes;
    // SQLite syncs the file and its log; the names of both, and of the folder, are synced here.
    await syncFolder(folder);
    await syncFolder(dirname(folder));
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
    const { place: _place, ...lists } = change;
    const weight = Object.values(lists).reduce((sum, list) => sum + list.length, 0);
    return this.#changes.add(change, weight);
  }

  /** Stores what was accepted, then closes the file; a disk that never answers is given up. */
  async close(): Promise<void> {
    await waitAtMost(this.#closeWhole(), CLOSE_MS_MAX);
    if (!this.#hasEnded) await waitAtMost(this.#worker.terminate(), CLOSE_MS_MAX);
  }

  async #closeWhole(): Promise<void> {
    await this.#changes.close();
    if (!this.#hasEnded) this.#worker.postMessage("close");
    await this.#ended.promise;
  }

  async #commit(changes: readonly Partial<JournalChange>[]): Promise<void> {
    const place = changes.findLast((change) => change.place !== undefined)?.place;
    const change: JournalChange = {
      adds: changes.flatMap(({ adds }) => adds ?? []),
      ends: changes.flatMap(({ ends }) => ends ?? []),
      removes: changes.flatMap(({ removes }) => removes ?? []),
      effectAdds: changes.flatMap(({ effectAdds }) => effectAdds ?? []),
      effectRemoves: changes.flatMap(({ effectRemoves }) => effectRemoves ?? []),
      ...(place !== undefined && { place }),
    };
    const answered = this.#answer();
    if (!this.#hasEnded) this.#worker.postMessage(change);
    const answer = await answered;
    if (answer.kind === "stored") {
      this.#bytes = answer.bytes;
      this.#syncMs = answer.ms;
      this.#syncs += 1;
      return this.#observer.onStored();
    }
    const why = answer.kind === "failed" ? answer.message : answer.kind;
    const error = new TroupeError("STORE_UNAVAILABLE", `the journal cannot be written: ${why}`);
    this.#observer.onFailed(error);
    throw error;
  }

  #answer(): Promise<JournalAnswer> {
    if (this.#hasEnded) return Promise.resolve({ kind: "failed", message: "its thread has ended" });
    const awaited = Promise.withResolvers<JournalAnswer>();
    this.#awaited.push(awaited);
    return awaited.promise;
  }

  #onEnd(message: string): void {
    this.#hasEnded = true;
    for (const awaited of this.#awaited.splice(0)) awaited.resolve({ kind: "failed", message });
    this.#ended.resolve();
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}
