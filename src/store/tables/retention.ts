/**
 * Retention: every so often deletes processed actions and steps that are older than they are kept.
 * Agents' rows stay for ever.
 */

import type { StoreLog } from "../store-log.ts";

/** Milliseconds between two looks. One deletes at most what came in so long, long ago. */
const LOOK_PERIOD_MS = 600_000;

/** What has rows that grow old. */
export interface ExpiringTable {
  /** True where a row is older; asked first, because a deletion is a commit even of nothing. */
  hasExpired(before: number): Promise<boolean>;
  /** Deletes rows that are older than `before`, in milliseconds since the epoch. */
  expire(before: number): Promise<number>;
}

export interface RetentionOptions {
  readonly tables: Readonly<Record<string, ExpiringTable>>;
  /** How long rows are kept, in milliseconds. */
  readonly keptMs: number;
  readonly log: StoreLog;
  /** What time it is, by a clock that does not jump: history-clock.ts. */
  readonly readTime: () => Promise<number>;
}

export class Retention implements AsyncDisposable {
  readonly #options: RetentionOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.sweep(), LOOK_PERIOD_MS).unref();
    void this.sweep();
  }

  /** Deletes what is too old now. Never rejects: what fails is tried again at the next look. */
  sweep(): Promise<void> {
    this.#running ??= this.#sweepAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Waits for the running look; begins no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #sweepAll(): Promise<void> {
    const { tables, keptMs, log, readTime } = this.#options;
    const now = await readTime().catch(() => undefined);
    if (now === undefined) return;
    for (const [table, expiring] of Object.entries(tables)) {
      try {
        if (!(await expiring.hasExpired(now - keptMs))) continue;
        const rows = await expiring.expire(now - keptMs);
        log.info({ table, rows }, "rows deleted that were older than they are kept");
      } catch (error) {
        log.warn({ table, err: error }, "old rows were not deleted; tried again later");
      }
    }
  }
}
