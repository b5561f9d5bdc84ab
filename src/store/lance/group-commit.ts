/**
 * Group commit: items that arrive while one flush runs go with the next, so that the number of commits
 * follows the store's pace and not the callers'. Not `dataloader`, which gathers for a tick of the event
 * loop, not while a flush runs.
 *
 * Rejected: a gap that is only as long as the last flush while somebody waits for an item. With 300 such
 * steps a second it shortens their wait from 38 to 21 ms, and doubles the number of commits.
 */

import { TroupeError } from "../../model/errors.ts";
import { inTimeSlices } from "../../time-slices.ts";

/** Longest gap for a slow store, in milliseconds. */
const GAP_MS_MAX = 100;

/** Least and greatest gap, and in between how many times as long as the last flush it is. */
export interface FlushGap {
  readonly leastMs: number;
  readonly mostMs: number;
  readonly factor: number;
}

export interface GroupCommitOptions<Item> {
  /** Names the table in errors. */
  readonly name: string;
  /** Stores all items; its result is that of each item's caller. */
  readonly flush: (items: readonly Item[]) => Promise<void>;
  /** Least milliseconds from the end of one flush to the start of the next; 0 = never a gap. */
  readonly gapMs: number;
  /** The gap between flushes that nobody hurries; left out: as if each were hurried. */
  readonly patience?: FlushGap | undefined;
  /** Gathered weight from which {@link GroupCommit.ready} makes callers wait. */
  readonly weightReady: number;
  /** Greatest gathered weight; beyond it an item is refused. */
  readonly weightMax: number;
}

/** Callers that are notified in one turn of the event loop: each may do some work. */
const NOTIFY_BATCH = 50;

interface Batch<Item> {
  readonly items: Item[];
  /** One for each {@link NOTIFY_BATCH} callers. */
  readonly waiters: PromiseWithResolvers<void>[];
}

export class GroupCommit<Item> {
  readonly #options: GroupCommitOptions<Item>;
  /** Gathers until the next flush begins. */
  #batch: Batch<Item> | undefined;
  /** Weight of the gathering batch, without the running flush. */
  #weight = 0;
  /** The loop that flushes until nothing is gathered; undefined when idle. */
  #running: Promise<void> | undefined;
  /** Callers that wait until a flush takes the gathered items. */
  #room: PromiseWithResolvers<void> | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;
  /** Milliseconds that the last flush took. */
  #flushMs = 0;
  #isClosed = false;
  /** The next flush must not wait for more than {@link GroupCommitOptions.gapMs}. */
  #isHurried = false;
  /** Ends the patient gap. */
  #onHurry: () => void = () => undefined;

  constructor(options: GroupCommitOptions<Item>) {
    this.#options = options;
  }

  /** How full it is: from 1 on {@link ready} waits. */
  get pressure(): number {
    return this.#weight / this.#options.weightReady;
  }

  /** Why an item of this weight would be refused now; undefined if it would be accepted. */
  refusal(weight = 1): TroupeError | undefined {
    const { name, weightMax } = this.#options;
    if (this.#isClosed) return unavailable(`${name} is closed`);
    // A single item that is too heavy is still accepted if nothing else waits.
    if (this.#weight === 0 || this.#weight + weight <= weightMax) return undefined;
    return unavailable(`${name} has ${this.#weight} rows waiting; the limit is ${weightMax}`);
  }

  /**
   * Resolves when the item is durable.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if too much is gathered, after {@link close}, or if its
   * flush failed.
   */
  add(item: Item, weight = 1): Promise<void> {
    const refusal = this.refusal(weight);
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#batch ??= { items: [], waiters: [] };
    const { items, waiters } = this.#batch;
    if (items.length % NOTIFY_BATCH === 0) waiters.push(Promise.withResolvers());
    items.push(item);
    this.#weight += weight;
    this.#running ??= this.#flushAll();
    return waiters.at(-1)?.promise ?? Promise.resolve();
  }

  /** What is gathered now must be stored soon: ends the patient gap. */
  hurry(): void {
    if (this.#batch === undefined) return;
    this.#isHurried = true;
    this.#onHurry();
  }

  /** Backpressure: resolves when there is room. */
  async ready(): Promise<void> {
    while (this.pressure >= 1) {
      this.#room ??= Promise.withResolvers();
      await this.#room.promise;
    }
  }

  /** Resolves once every item added so far is stored or has failed. */
  async drain(): Promise<void> {
    this.hurry();
    await this.#running;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.drain();
  }

  async #flushAll(): Promise<void> {
    // Waits for the other callers of this turn: an immediate flush would have one item.
    await Promise.resolve();
    while (this.#batch !== undefined) {
      await this.#restGap();
      await this.#flush();
    }
    this.#running = undefined;
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    this.#isHurried = false;
    this.#weight = 0;
    this.#room?.resolve();
    this.#room = undefined;
    const begun = performance.now();
    try {
      await this.#options.flush(batch.items);
      this.#timeFlush(begun);
      for await (const part of inTimeSlices(batch.waiters, 1)) part[0]?.resolve();
    } catch (error) {
      this.#timeFlush(begun);
      for (const waiter of batch.waiters) waiter.reject(error);
    }
  }

  #timeFlush(begun: number): void {
    this.#flushedAt = performance.now();
    this.#flushMs = this.#flushedAt - begun;
  }

  async #restPatiently(): Promise<void> {
    const { patience } = this.#options;
    if (patience === undefined || this.#isHurried || this.#isClosed) return;
    const gapMs = clamp(patience.factor * this.#flushMs, patience.leastMs, patience.mostMs);
    const restMs = this.#flushedAt + gapMs - performance.now();
    if (restMs <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, restMs);
    this.#onHurry = resolve;
    await promise;
    clearTimeout(timer);
  }

  async #restGap(): Promise<void> {
    await this.#restPatiently();
    const { gapMs } = this.#options;
    // The slower the store, the longer the gap: flushes take at most a third of the time.
    const adaptedMs = gapMs === 0 ? 0 : Math.min(GAP_MS_MAX, Math.max(gapMs, 2 * this.#flushMs));
    const restMs = this.#flushedAt + adaptedMs - performance.now();
    if (restMs > 0 && !this.#isClosed) await new Promise((resolve) => setTimeout(resolve, restMs));
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function unavailable(message: string): TroupeError {
  return new TroupeError("STORE_UNAVAILABLE", message);
}
