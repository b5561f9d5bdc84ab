/**
 * The poller: reads the waiting rows of the table when the doorbell rings, and periodically if it
 * does not. Polling alone is enough: a ring only makes a poll happen sooner.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { waitAtMost } from "../deadline.ts";
import type { PendingKey, PendingWindow } from "../store/tables/pending-rows.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import type { Doorbell } from "./doorbell.ts";
import type { OpenActions } from "./open-actions.ts";
import { RestOwed } from "./rest-owed.ts";

/** New rows read by one poll. Others wait in the table; only urgent ones and destroys overtake. */
const WINDOW_ROWS_MAX = 1_000;

/** Wanted lanes that one poll asks for. */
const WANTED_LANES_MAX = 1_000;

/** Longest rest after a poll, during which rings wait, in milliseconds. */
const REST_MS_MAX = 250;
/** Milliseconds of rest for each that a reading takes: reading takes a third of the time at most. */
const REST_FACTOR = 2;
/** Milliseconds of rest that may be owed, so that the first readings after a quiet time need none. */
const OWED_MS_MAX = 500;
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
  readonly open: Pick<OpenActions, "known" | "has">;
  /**
   * Takes the rows of a poll: whole, or only keys if many are in flight. `poll` grows by one with each
   * poll. Called without rows if none can be new.
   */
  readonly take: (rows: readonly PendingKey[], poll: number) => Promise<void>;
}

export class Poller {
  readonly #options: PollerOptions;
  /** Number of the last poll that has started. */
  #poll = 0;
  /** When the first postponed action is due, in milliseconds since the epoch. */
  #wakeAt = Number.POSITIVE_INFINITY;
  /** The table may have more rows than a poll reads. */
  #isFull = true;
  /** Lanes with appends under way whose rows only a poll finds, each with their number. */
  readonly #coming = new Map<string, number>();
  /** How many such appends have ended. */
  #came = 0;
  /** Lanes of those rows, each with the number of its last append: they are read before other rows. */
  readonly #wanted = new Map<string, number>();
  /** How many of them the next poll asks for: fewer if rows of some kept out the others' before. */
  #lanesMax = WANTED_LANES_MAX;
  readonly #rest = new RestOwed({
    factor: REST_FACTOR,
    owedMax: OWED_MS_MAX,
    now: () => performance.now(),
  });
  /** When the table is read even without a commit of another process, on performance.now()'s clock. */
  #readAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  #running: Promise<void> | undefined;
  /** Milliseconds until the next poll, if nothing rings. */
  #pauseMs: number;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#pauseMs = options.rhythm.pollMs;
  }

  get poll(): number {
    return this.#poll;
  }

  /** True if the table may hold more than the last poll could read. */
  get isWindowFull(): boolean {
    return this.#isFull;
  }

  /** True if the table may have or get rows of the lane that no poll has brought: younger ones could overtake them. */
  hasUnread(lane: string): boolean {
    return this.#isFull || this.#coming.has(lane) || this.#wanted.has(lane);
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

  /** Reads rows of these lanes once they are in the table, even if it has more than a poll reads. */
  async expect(lanes: ReadonlySet<string>, stored: Promise<void>): Promise<void> {
    for (const lane of lanes) this.#coming.set(lane, (this.#coming.get(lane) ?? 0) + 1);
    await stored;
    this.#came += 1;
    for (const lane of lanes) {
      const others = (this.#coming.get(lane) ?? 1) - 1;
      if (others > 0) this.#coming.set(lane, others);
      else this.#coming.delete(lane);
      this.#wanted.set(lane, this.#came);
    }
    this.pollSoon();
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

  /** Starts no further poll; resolves when the running one has ended, or after 5 s. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.doorbell.ring();
    if (this.#running !== undefined) await waitAtMost(this.#running, POLL_MS_MAX);
  }

  async #run(onPolled: () => void): Promise<void> {
    const { doorbell, rhythm, log } = this.#options;
    while (!this.#isClosed) {
      try {
        await this.#pollOnce();
      } catch (error) {
        log.warn({ err: error }, "the queue cannot be read now; trying again");
        this.#readAt = Number.NEGATIVE_INFINITY; // the foreign commits that were noticed are not read yet
        this.#pauseMs = rhythm.pollMs;
      }
      onPolled();
      if (this.#isClosed) return;
      const restMs = Math.min(REST_MS_MAX, this.#rest.dueMs);
      if (restMs > 0) await delay(restMs);
      await doorbell.wait(Math.max(0, Math.min(this.#pauseMs, this.#wakeAt - Date.now())));
    }
  }

  async #pollOnce(): Promise<void> {
    this.#poll += 1;
    const poll = this.#poll;
    // Every commit rings, our own acks too.
    if (await this.#isWorthReading()) await this.#rest.work(() => this.#takeRows(poll));
    else await this.#options.take([], poll);
  }

  async #takeRows(poll: number): Promise<void> {
    const now = Date.now();
    const came = this.#came;
    const lanes = [...this.#wanted.keys()].slice(0, this.#lanesMax);
    const { rows, isFull, isCut } = await this.#read(now, lanes);
    await this.#options.take(rows, poll);
    this.#isFull = isFull;
    this.#noteRead(isFull ? lanes : [...this.#wanted.keys()], { came, isCut });
    // A row that becomes due makes no new version.
    const nextDue = await this.#options.table.findNextDue(now);
    this.#wakeAt = Math.min(this.#wakeAt, nextDue ?? Number.POSITIVE_INFINITY);
  }

  /** Of lanes that have more rows than one reading brings, the next polls ask for fewer, and for others first. */
  #noteRead(lanes: readonly string[], { came, isCut }: { came: number; isCut: boolean }): void {
    for (const lane of lanes) {
      const nth = this.#wanted.get(lane) ?? 0;
      if (isCut || nth <= came) this.#wanted.delete(lane);
      if (isCut) this.#wanted.set(lane, nth);
    }
    const max = isCut ? Math.ceil(lanes.length / 2) : 2 * this.#lanesMax;
    this.#lanesMax = Math.min(WANTED_LANES_MAX, max);
    if (this.#wanted.size > 0) this.pollSoon();
  }

  /** The rows of our own commits were offered to the dispatcher directly. */
  async #isWorthReading(): Promise<boolean> {
    const { table, rhythm } = this.#options;
    const isDue = performance.now() >= this.#readAt || Date.now() >= this.#wakeAt;
    const hasForeign = await table.hasForeignCommits();
    this.#pauseMs = hasForeign ? rhythm.pollMs : Math.min(rhythm.pollMsMax, 2 * this.#pauseMs);
    return hasForeign || isDue;
  }

  async #read(now: number, lanes: readonly string[]): Promise<PendingWindow> {
    const { table, open, rhythm } = this.#options;
    this.#readAt = performance.now() + rhythm.readMs;
    if (now >= this.#wakeAt) this.#wakeAt = Number.POSITIVE_INFINITY;
    return await table.readWindow({
      now,
      limit: open.known + WINDOW_ROWS_MAX,
      isInFlight: (id) => open.has(id),
      areKeysEnough: open.known > WHOLE_ROWS_MAX,
      lanes,
    });
  }
}
