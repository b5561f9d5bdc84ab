/**
 * Retention: regularly deletes old steps and old processed actions. Agents' rows are kept forever.
 */

import type { StoreLog } from "../store-log.ts";

/** Milliseconds between two runs. */
const PERIOD_MS = 600_000;

export interface ExpiringTable {
  /** True if a row is older; checked first, because even an empty deletion is a commit. */
  hasExpired(before: number): Promise<boolean>;
  /** Deletes rows older than `before`, in milliseconds since the epoch. */
  expire(before: number): Promise<number>;
}

export interface RetentionOptions {
  readonly tables: Readonly<Record<string, ExpiringTable>>;
  /** Milliseconds that rows are kept. */
  readonly keptMs: number;
  readonly log: StoreLog;
  /** A clock that does not jump, see history-clock.ts. */
  readonly readTime: () => Promise<number>;
}

export class Retention implements AsyncDisposable {
  readonly #options: RetentionOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.run(), PERIOD_MS).unref();
    void this.run();
  }

  /** Deletes old rows now. Never rejects: a failure is retried with the next run. */
  run(): Promise<void> {
    this.#running ??= this.#expireAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Starts no further run and waits for the running one. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #expireAll(): Promise<void> {
    const { tables, keptMs, log, readTime } = this.#options;
    const now = await readTime().catch(() => undefined);
    if (now === undefined) return;
    for (const [table, expiring] of Object.entries(tables)) {
      try {
        if (!(await expiring.hasExpired(now - keptMs))) continue;
        const rows = await expiring.expire(now - keptMs);
        log.info({ table, rows }, "old rows were deleted");
      } catch (error) {
        log.warn({ table, err: error }, "old rows were not deleted; retried later");
      }
    }
  }
}
