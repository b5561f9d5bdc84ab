/** Counts spans that were not delivered, and logs them: the first immediately, later ones at most once a minute. */

import type { Logger } from "pino";

/** Milliseconds between two lines of the log. */
export const LOSS_LOG_MS = 60_000;

export interface LostSpansOptions {
  readonly log: Pick<Logger, "warn">;
  /** The collector's address without secrets. */
  readonly collector: string;
  /** Milliseconds on any clock that grows. */
  readonly now?: () => number;
}

export class LostSpans {
  /** Since the start. */
  total = 0;
  readonly #options: LostSpansOptions;
  readonly #now: () => number;
  /** Since the last line of the log, by reason. */
  #unlogged = new Map<string, number>();
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LostSpansOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  add(spans: number, reason: string): void {
    if (spans === 0) return;
    this.total += spans;
    this.#unlogged.set(reason, (this.#unlogged.get(reason) ?? 0) + spans);
    if (this.#now() - this.#loggedAt >= LOSS_LOG_MS) this.log();
  }

  /** Logs what has not been logged yet. */
  log(): void {
    if (this.#unlogged.size === 0) return;
    const reasons = Object.fromEntries(this.#unlogged);
    const { log, collector } = this.#options;
    log.warn({ collector, lost: reasons, lost_total: this.total }, "spans of traces were lost");
    this.#unlogged = new Map();
    this.#loggedAt = this.#now();
  }
}
