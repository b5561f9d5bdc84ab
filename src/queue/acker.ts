/**
 * The acker: stores how actions ended, in batches and off the dispatch path.
 * An action is in flight until its ack is stored.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { backoffMs, STORE_BACKOFF } from "../model/backoff.ts";
import { TroupeError } from "../model/errors.ts";
import type { Ack, Postponement, QueueTable } from "../store/tables/queue-table.ts";
import { inTimeSlices } from "../time-slices.ts";

/**
 * Least and most milliseconds that acks gather, so that appends are not held up by a commit for
 * each ack. Commits to a slow store take a third of the time.
 */
const GATHER_MS_MIN = 20;
const GATHER_MS_MAX = 120;
/** Acks reported between two checks of the time slice. */
const NOTIFY_BATCH = 50;

/**
 * Tries of one batch while the process ends, and milliseconds for all of them; the next start repeats
 * the actions.
 */
const DRAIN_TRIES_MAX = 4;
const DRAIN_MS_MAX = 10_000;

export interface AckerOptions {
  readonly table: QueueTable;
  readonly log: Logger;
  /** False: each commit starts immediately, because it is cheap. */
  readonly gathers?: boolean;
  /** Called once the entries are stored. */
  readonly onStored: (acks: readonly Ack[], postponements: readonly Retry[]) => void;
}

export interface Retry extends Postponement {
  /** `not_before` on the clock of `performance.now()`. */
  readonly dueAt: number;
}

export class Acker {
  readonly #options: AckerOptions;
  #acks: Omit<Ack, "processed_at">[] = [];
  #postponements: Retry[] = [];
  /** The flush under way, which includes all entries that gather until it ends. */
  #flushing: Promise<void> | undefined;
  #isDraining = false;
  /** Aborted once draining has lasted too long: a store may never answer. */
  readonly #late = new AbortController();
  /** Milliseconds that the last commit took. */
  #storeMs = 0;

  constructor(options: AckerOptions) {
    this.#options = options;
  }

  ack(entry: Omit<Ack, "processed_at">): void {
    this.#acks.push(entry);
    this.#flushing ??= this.#flush();
  }

  postpone(entry: Retry): void {
    this.#postponements.push(entry);
    this.#flushing ??= this.#flush();
  }

  /** Resolves once all entries so far are stored, or given up because the store refuses them. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const timer = setTimeout(() => this.#late.abort(), DRAIN_MS_MAX);
    await this.#flushing;
    clearTimeout(timer);
    this.#isDraining = false;
  }

  async #flush(): Promise<void> {
    while (this.#acks.length > 0 || this.#postponements.length > 0) {
      const gatherMs = this.#gatherMs();
      if (!this.#isDraining && gatherMs > 0) await delay(gatherMs);
      // One time for all: rows with equal ends share an update.
      const processed_at = Date.now();
      const acks = this.#acks.map((ack) => ({ ...ack, processed_at }));
      const postponements = this.#postponements;
      this.#acks = [];
      this.#postponements = [];
      const begun = performance.now();
      const isStored = await this.#storeWithRetries(acks, postponements);
      this.#storeMs = performance.now() - begun;
      if (isStored) await this.#reportStored(acks, postponements);
    }
    this.#flushing = undefined;
  }

  /** Each ack costs its receiver some work, so thousands are reported in time slices. */
  async #reportStored(acks: readonly Ack[], postponements: readonly Retry[]): Promise<void> {
    const { onStored } = this.#options;
    if (postponements.length > 0) onStored([], postponements);
    for await (const part of inTimeSlices(acks, NOTIFY_BATCH)) onStored(part, []);
  }

  #gatherMs(): number {
    if (this.#options.gathers === false) return 0;
    return Math.min(GATHER_MS_MAX, Math.max(GATHER_MS_MIN, 2 * this.#storeMs));
  }

  /**
   * Tries until all is stored, because a lost ack would repeat its action; the acks that are kept meanwhile are
   * bounded by the actions in flight. False if it was given up at
   * the end of the process.
   */
  async #storeWithRetries(acks: Ack[], postponements: Retry[]): Promise<boolean> {
    const { table, log } = this.#options;
    for (let attempt = 1, drainTries = 0; ; attempt += 1) {
      try {
        await this.#untilLate(() => store(table, acks, postponements));
        return true;
      } catch (error) {
        if (this.#isDraining) drainTries += 1;
        if (drainTries >= DRAIN_TRIES_MAX || this.#late.signal.aborted) {
          log.error(
            { err: error, acks: acks.length },
            "acks not stored; the next start repeats them",
          );
          return false;
        }
        // The store has already logged its fault.
        log.debug({ err: error, acks: acks.length }, "acks not stored yet; trying again");
        await this.#rest(backoffMs(STORE_BACKOFF, attempt, Math.random()));
      }
    }
  }

  #untilLate(commit: () => Promise<void>): Promise<void> {
    const { signal } = this.#late;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => reject(new TroupeError("STORE_UNAVAILABLE", "the store does not answer"));
    if (signal.aborted) giveUp();
    else {
      signal.addEventListener("abort", giveUp);
      commit().then(resolve, reject);
    }
    return promise.finally(() => signal.removeEventListener("abort", giveUp));
  }

  /** Waits for the next try, but no longer than draining may last. */
  async #rest(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#late.signal }).catch(() => undefined);
  }
}

async function store(
  table: QueueTable,
  acks: readonly Ack[],
  postponements: readonly Postponement[],
): Promise<void> {
  if (acks.length > 0) await table.ack(acks);
  if (postponements.length > 0) await table.postpone(postponements);
}
