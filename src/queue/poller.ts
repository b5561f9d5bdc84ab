/**
 * The poller: reads what waits in the table, whenever the doorbell rings and every so often without.
 * Polling alone is enough: a ring only makes it sooner.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { PendingAction, QueueTable } from "../store/queue-table.ts";
import type { Doorbell } from "./doorbell.ts";

/** New rows read by one poll. More than that wait in the table, where only urgent ones overtake. */
const WINDOW_ROWS_MAX = 1_000;

/** Longest rest between two polls that are rung for, in milliseconds. */
const REST_MS_MAX = 250;

export interface PollerOptions {
  readonly table: QueueTable;
  readonly doorbell: Doorbell;
  /** Milliseconds between polls when nothing rings. */
  readonly pollMs: number;
  readonly log: Logger;
  /** Rows that are in flight: they are read again, so that a duplicate beside one is seen. */
  readonly inFlight: () => number;
  /** Takes what was read. `poll` is its number; numbers grow by one. */
  readonly take: (rows: readonly PendingAction[], poll: number) => Promise<void>;
}

export class Poller {
  readonly #options: PollerOptions;
  /** Number of the last poll that has begun. */
  #poll = 0;
  /** When the first postponed action is due, in milliseconds since the epoch. */
  #wakeAt = Number.POSITIVE_INFINITY;
  #isWindowFull = false;
  #isClosed = false;
  #running: Promise<void> | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  get poll(): number {
    return this.#poll;
  }

  /** True where the table holds more than the last poll could read. */
  get isWindowFull(): boolean {
    return this.#isWindowFull;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Polls at `time` (milliseconds since the epoch) at the latest. */
  pollAt(time: number): void {
    if (time >= this.#wakeAt) return;
    this.#wakeAt = time;
    this.#options.doorbell.ring();
  }

  /** Begins no further poll; resolves when the running one has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.doorbell.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { doorbell, pollMs, log } = this.#options;
    while (!this.#isClosed) {
      const begun = performance.now();
      try {
        await this.#pollOnce();
      } catch (error) {
        log.warn({ err: error }, "the queue cannot be read now; trying again");
      }
      if (this.#isClosed) return;
      // Every commit rings, our own acks too: reading may take a fifth of the time, not all of it.
      await delay(Math.min(REST_MS_MAX, 4 * (performance.now() - begun)));
      await doorbell.wait(Math.max(0, Math.min(pollMs, this.#wakeAt - Date.now())));
    }
  }

  async #pollOnce(): Promise<void> {
    const { table, take, inFlight } = this.#options;
    this.#poll += 1;
    const poll = this.#poll;
    const now = Date.now();
    if (now >= this.#wakeAt) this.#wakeAt = Number.POSITIVE_INFINITY;
    const limit = inFlight() + WINDOW_ROWS_MAX;
    const rows = await table.findPending({ now, limit });
    this.#isWindowFull = rows.length >= limit;
    const urgent = this.#isWindowFull ? await table.findUrgentPending({ now, limit }) : [];
    await take(withoutRepeats(rows, urgent), poll);
  }
}

function withoutRepeats(
  rows: readonly PendingAction[],
  urgent: readonly PendingAction[],
): readonly PendingAction[] {
  if (urgent.length === 0) return rows;
  const seen = new Set(rows.map((row) => row.rowId));
  return [...rows, ...urgent.filter((row) => !seen.has(row.rowId))];
}
