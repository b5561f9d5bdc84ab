/**
 * The mender of a table: once somebody has met bytes that cannot be read, it has the unreadable pieces
 * set aside, one search at a time, and not again soon where a search found none.
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
  /** Sets aside what cannot be read; undefined in a process that does not own the database. */
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
   * Begins a search where `met` is a reason for one. It takes its turn among the writes, and nobody
   * waits for it, because whoever has read may be one of them.
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

  /** Passes on how it ends, and begins a search where that is a reason for one. */
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
