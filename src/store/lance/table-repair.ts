/**
 * Repairs a table: once a read or write meets unreadable bytes, it searches for unreadable fragments and
 * quarantines them. One search at a time, with a pause after one that found none.
 */

import type { StoreLog } from "../store-log.ts";
import { isUnreadable, type SetAside } from "./fragment-quarantine.ts";
import type { WriteQueue } from "./write-queue.ts";

/** Milliseconds after a search that found nothing until the next. */
const SEARCH_PAUSE_MS = 30_000;

export interface TableRepairOptions {
  readonly name: string;
  readonly log: StoreLog;
  readonly writes: WriteQueue;
  /** Undefined in a process that does not own the database. */
  readonly quarantine: ((met: unknown) => Promise<SetAside>) | undefined;
  readonly onSetAside: (found: SetAside) => void;
}

export class TableRepair {
  readonly #options: TableRepairOptions;
  /** The search under way. */
  #running: Promise<void> | undefined;
  /** On the clock of `performance.now()`. */
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: TableRepairOptions) {
    this.#options = options;
  }

  /**
   * Begins a search if `met` is a reason for one. It runs in the write queue and is not awaited, because
   * the caller may be a write itself.
   */
  search(met: unknown): void {
    const { quarantine, writes } = this.#options;
    if (quarantine === undefined || !isUnreadable(met) || performance.now() < this.#pausedUntil)
      return;
    this.#running ??= writes
      .runUnobserved(() => quarantine(met))
      .then((found) => this.#end(found))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Settles as `work` does, and begins a search if its error is a reason for one. */
  async watch<R>(work: Promise<R>): Promise<R> {
    try {
      return await work;
    } catch (error) {
      this.search(error);
      throw error;
    }
  }

  /** Waits for the search under way. */
  async drain(): Promise<void> {
    await this.#running;
  }

  #end(found: SetAside): void {
    if (found.fragments > 0) this.#options.onSetAside(found);
    else this.#pausedUntil = performance.now() + SEARCH_PAUSE_MS;
  }

  #fail(error: unknown): void {
    const { name, log } = this.#options;
    this.#pausedUntil = performance.now() + SEARCH_PAUSE_MS;
    log.warn({ table: name, err: error }, "unreadable rows were not set aside");
  }
}
