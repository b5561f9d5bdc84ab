/**
 * The poller: reads the waiting rows of the table when the doorbell rings, and periodically if it
 * does not. Polling alone is enough: a ring only makes a poll happen sooner.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { waitAtMost } from "../deadline.ts";
import type { PendingKey, WindowOptions } from "../store/tables/pending-rows.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import type { Doorbell } from "./doorbell.ts";
import { LaneReader, type TakeRows } from "./lane-reader.ts";
import type { OpenActions } from "./open-actions.ts";
import { ReadPacer } from "./read-pacer.ts";
import { Retries, type RetryTime } from "./retries.ts";

/** New rows read by one poll. Others wait in the table; only urgent ones and destroys overtake. */
const WINDOW_ROWS_MAX = 1_000;

/** Longest pause after a poll, during which rings wait, in milliseconds. */
const PAUSE_MS_MAX = 250;
/** Milliseconds of pause for each that a reading takes: reading takes a third of the time at most. */
const PAUSE_FACTOR = 2;
/** Milliseconds that a poll under way may delay {@link Poller.close}, and the first one {@link Poller.start}. */
const POLL_MS_MAX = 5_000;
/** Rows in flight up to which all columns are read with the keys, which saves a second query. */
const WHOLE_ROWS_MAX = 16;

/** All in milliseconds. */
export interface PollRhythm {
  /** Between polls when nothing rings. */
  readonly pollMs: number;
  /** Each quiet poll doubles the time until the next, up to this. */
  readonly pollMsMax: number;
  /**
   * After which the table is read even without a new version. A precaution: in LanceDB each append makes a
   * version.
   */
  readonly readMs: number;
}

/** Polls that never back off. */
export function constantRhythm(pollMs: number, readMs = 30_000): PollRhythm {
  return { pollMs, pollMsMax: pollMs, readMs };
}

export interface PollerOptions {
  readonly table: QueueTable;
  readonly doorbell: Doorbell;
  readonly rhythm: PollRhythm;
  readonly log: Logger;
  /** Known actions are read again, so that their duplicates are found. */
  readonly open: Pick<OpenActions, "known" | "has" | "find">;
  readonly take: TakeRows;
}

export class Poller {
  readonly #options: PollerOptions;
  /** Number of the last poll that has started. */
  #poll = 0;
  /** When the first postponed action is due, in milliseconds since the epoch. */
  #wakeAt = Number.POSITIVE_INFINITY;
  readonly #retries = new Retries();
  /** The table may have more rows than a poll reads. */
  #isFull = true;
  readonly #lanes: LaneReader;
  readonly #pacer = new ReadPacer(PAUSE_FACTOR);
  /** When the table is read even without a commit of another process, on performance.now()'s clock. */
  #readAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  #running: Promise<void> | undefined;
  /** Milliseconds until the next poll, if nothing rings. */
  #pauseMs: number;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#pauseMs = options.rhythm.pollMs;
    const { table, take, log } = options;
    const read = (lanes: readonly string[]) => table.readLanes({ ...this.#window(), lanes });
    this.#lanes = new LaneReader({ read, take, log, poll: () => this.#poll });
  }

  get poll(): number {
    return this.#poll;
  }

  /** True if the table may hold more than the last poll could read. */
  get isWindowFull(): boolean {
    return this.#isFull;
  }

  /** True if the table may have or get rows of the lane that were not read: younger ones could overtake them. */
  hasUnread(lane: string): boolean {
    return this.#isFull || this.#lanes.has(lane);
  }

  /** Resolves once the first poll has ended, or failed, or after 5 s. */
  async start(): Promise<void> {
    const first = Promise.withResolvers<void>();
    this.#running = this.#run(first.resolve).finally(first.resolve);
    await waitAtMost(first.promise, POLL_MS_MAX);
  }

  /** Reads the table soon, even without a commit of another process. */
  pollSoon(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#options.doorbell.ring();
  }

  /** Reads rows of these lanes once `stored` resolves, even if the table has more than a poll reads. */
  async expect(lanes: ReadonlySet<string>, stored: Promise<void>): Promise<void> {
    await this.#lanes.expect(lanes, stored);
    this.#readLanes();
  }

  /** True if the lane gets rows from an append that has not ended. */
  isExpecting(lane: string): boolean {
    return this.#lanes.isComing(lane);
  }

  /** See {@link LaneReader.request}. */
  whenRead(lane: string, onRead: () => void): void {
    this.#lanes.request(lane, onRead);
    this.#readLanes();
  }

  /** Calls of {@link whenRead} that are still waiting. */
  get waiting(): number {
    return this.#lanes.waiting;
  }

  /** Polls now, because another process says that it has written; reads if it has. */
  ring(): void {
    this.#pauseMs = this.#options.rhythm.pollMs;
    this.#options.doorbell.ring();
  }

  /** Polls at `time` (milliseconds since the epoch) at the latest. */
  pollAt(time: number): void {
    if (time >= this.#wakeAt) return;
    this.#wakeAt = time;
    this.#options.doorbell.ring();
  }

  /** Reads the row of an action that is tried again, once its wait is over by either clock. */
  retryAt(id: string, time: RetryTime): void {
    this.#retries.add(id, time);
    this.pollAt(time.notBefore);
  }

  /** Starts no further poll; resolves when the running one has ended, or after 5 s. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.doorbell.ring();
    const polled = this.#running === undefined ? undefined : waitAtMost(this.#running, POLL_MS_MAX);
    await Promise.all([polled, this.#lanes.close()]);
  }

  async #run(onPolled: () => void): Promise<void> {
    while (!this.#isClosed) {
      const hasPolled = await this.#tryPoll();
      onPolled();
      if (this.#isClosed) return;
      const pauseMs = Math.min(PAUSE_MS_MAX, this.#pacer.dueMs);
      if (pauseMs > 0) await delay(pauseMs);
      // After a failure what is due waits as well: the next poll would fail at the same moment.
      const waitMs = hasPolled ? Math.min(this.#pauseMs, this.#dueMs) : this.#pauseMs;
      await this.#options.doorbell.wait(Math.max(0, waitMs));
    }
  }

  /** False if the queue cannot be read now. */
  async #tryPoll(): Promise<boolean> {
    const { rhythm, log } = this.#options;
    try {
      await this.#pollOnce();
      return true;
    } catch (error) {
      log.warn({ err: error }, "the queue cannot be read now; trying again");
      this.#readAt = Number.NEGATIVE_INFINITY; // the foreign commits that were noticed are not read yet
      this.#pauseMs = rhythm.pollMs;
      return false;
    }
  }

  /** Milliseconds until the first action that waits for a time is due. */
  get #dueMs(): number {
    return Math.min(this.#wakeAt - Date.now(), this.#retries.nextAt - performance.now());
  }

  async #pollOnce(): Promise<void> {
    this.#poll += 1;
    const poll = this.#poll;
    // Every commit rings, our own acks too.
    if (await this.#isWorthReading()) await this.#pacer.work(() => this.#takeRows(poll));
    else await this.#options.take([], this.#since(poll));
  }

  /** The first poll whose rows, or rows read during it, may still come. */
  #since(poll: number): number {
    return Math.min(poll, this.#lanes.readingSince);
  }

  async #takeRows(poll: number): Promise<void> {
    const now = Date.now();
    const { lastRequest } = this.#lanes;
    this.#readAt = performance.now() + this.#options.rhythm.readMs;
    if (now >= this.#wakeAt) this.#wakeAt = Number.POSITIVE_INFINITY;
    const overdue = this.#retries.takeOverdue({ wall: now, steady: performance.now() });
    const window = { ...this.#window(now), overdue };
    const { rows, isFull } = await this.#options.table.readWindow(window);
    await this.#options.take(rows, this.#since(poll));
    this.#settleRetries(overdue, rows, isFull);
    this.#isFull = isFull;
    if (!isFull) this.#lanes.noteAllRead(lastRequest);
    this.#readLanes();
    // A row that becomes due makes no new version.
    const nextDue = await this.#options.table.findNextDue(now);
    this.#wakeAt = Math.min(this.#wakeAt, nextDue ?? Number.POSITIVE_INFINITY);
  }

  #settleRetries(overdue: readonly string[], rows: readonly PendingKey[], isFull: boolean): void {
    const { open, rhythm } = this.#options;
    if (overdue.length === 0) return;
    const read = new Set(rows.map(({ id }) => id));
    const again = performance.now() + rhythm.pollMs;
    for (const id of overdue) {
      const isLeft = open.find(id) === undefined && (isFull || read.has(id));
      if (isLeft) this.#retries.defer(id, again);
      else this.#retries.drop(id);
    }
  }

  /** A table that one poll reads whole needs no reading of single lanes. */
  #readLanes(): void {
    if (!this.#lanes.isWanted) return;
    if (this.#isFull) this.#lanes.run();
    else this.pollSoon();
  }

  /** The rows of our own commits were offered to the dispatcher directly. */
  async #isWorthReading(): Promise<boolean> {
    const { table, rhythm } = this.#options;
    const isDue = performance.now() >= this.#readAt || this.#dueMs <= 0;
    const hasForeign = await table.hasForeignCommits();
    this.#pauseMs = hasForeign ? rhythm.pollMs : Math.min(rhythm.pollMsMax, 2 * this.#pauseMs);
    return hasForeign || isDue;
  }

  #window(now = Date.now()): WindowOptions {
    const { open } = this.#options;
    return {
      now,
      limit: open.known + WINDOW_ROWS_MAX,
      isInFlight: (id) => open.has(id),
      areKeysEnough: open.known > WHOLE_ROWS_MAX,
    };
  }
}
