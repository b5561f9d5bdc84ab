/**
 * The lane reader: reads the rows of single lanes next to the polls, however many rows of others wait in
 * the table. An action that must not overtake older rows of its agent waits for them alone, and not for
 * the polls that bring the others. Rejected: to read these lanes with the next poll, which behind tens of
 * thousands of rows comes after a second or more.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { waitAtMost } from "../deadline.ts";
import type { LaneWindow, PendingKey } from "../store/tables/pending-rows.ts";
import { ReadPacer } from "./read-pacer.ts";

/** Lanes of one reading. */
const LANES_MAX = 1_000;
/** Milliseconds of pause for each that a reading takes: reading takes half of the time at most. */
const PAUSE_FACTOR = 1;
/** Longest pause after a reading, in milliseconds. */
const PAUSE_MS_MAX = 250;
/** Milliseconds until a reading that failed is repeated. */
const RETRY_MS = 500;
/** Milliseconds that a reading under way may delay {@link LaneReader.close}. */
const CLOSE_MS_MAX = 5_000;

/**
 * Takes rows that were read: whole, or only keys if many are in flight; none if a poll found no new ones.
 * From now on no rows can come that were read before poll number `since` began; it never falls, and is 0
 * for rows that were read next to the polls.
 */
export type TakeRows = (rows: readonly PendingKey[], since: number) => Promise<void>;

export interface LaneReaderOptions {
  /** Reads the waiting rows of at most 1,000 lanes, oldest first. */
  readonly read: (lanes: readonly string[]) => Promise<LaneWindow>;
  readonly take: TakeRows;
  /** Number of the last poll that has started. */
  readonly poll: () => number;
  readonly log: Logger;
}

export class LaneReader {
  readonly #options: LaneReaderOptions;
  /** Lanes with appends under way whose rows only the table brings, each with their number. */
  readonly #coming = new Map<string, number>();
  /** The number of the last request. */
  #lastRequest = 0;
  /** The lanes to be read, each with its requests, oldest first. */
  readonly #wanted = new Map<string, LaneRequest[]>();
  #waiting = 0;
  /** How many of them the next reading asks for: fewer if rows of some kept out the others' before. */
  #lanesMax = LANES_MAX;
  readonly #pacer = new ReadPacer(PAUSE_FACTOR);
  /** The poll that had started when the running reading began. */
  #readingSince: number | undefined;
  #running: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(options: LaneReaderOptions) {
    this.#options = options;
  }

  /** True if the table has or gets rows of the lane that were not read. */
  has(lane: string): boolean {
    return this.#coming.has(lane) || this.#wanted.has(lane);
  }

  /** True if the lane gets rows through an append that has not ended. */
  isComing(lane: string): boolean {
    return this.#coming.has(lane);
  }

  /** The number of the last request; see {@link noteAllRead}. */
  get lastRequest(): number {
    return this.#lastRequest;
  }

  /** How many callbacks of {@link request} are still to be called. */
  get waiting(): number {
    return this.#waiting;
  }

  /** True if there are lanes to read. */
  get isWanted(): boolean {
    return this.#wanted.size > 0;
  }

  /** The poll before which nothing that was stored can still be among rows that were read and not taken. */
  get readingSince(): number {
    return this.#readingSince ?? Number.POSITIVE_INFINITY;
  }

  /** Resolves once these lanes can be read: `stored` is their append. */
  async expect(lanes: ReadonlySet<string>, stored: Promise<void>): Promise<void> {
    for (const lane of lanes) this.#coming.set(lane, (this.#coming.get(lane) ?? 0) + 1);
    await stored;
    for (const lane of lanes) {
      const others = (this.#coming.get(lane) ?? 1) - 1;
      if (others > 0) this.#coming.set(lane, others);
      else this.#coming.delete(lane);
      this.#add(lane);
    }
  }

  /**
   * Calls `onRead` once the rows that the lane has now were read and taken. Calls for one lane come in the
   * order of their requests. It must not throw.
   */
  request(lane: string, onRead: () => void): void {
    this.#waiting += 1;
    this.#add(lane, onRead);
  }

  /** A poll that began after the request with number `last` has brought all rows of the table. */
  noteAllRead(last: number): void {
    this.#fulfil([...this.#wanted.keys()], last);
  }

  /** Reads the lanes that are wanted, and those that become so meanwhile. */
  run(): void {
    if (this.#running !== undefined) return;
    this.#running = this.#readAll().finally(() => {
      this.#running = undefined;
    });
  }

  /** Starts no further reading; resolves when the running one has ended, or after 5 s. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#running !== undefined) await waitAtMost(this.#running, CLOSE_MS_MAX);
  }

  async #readAll(): Promise<void> {
    while (this.isWanted && !this.#closing.signal.aborted) {
      let pauseMs = 0;
      try {
        await this.#pacer.work(() => this.#readOnce());
        pauseMs = Math.min(PAUSE_MS_MAX, this.#pacer.dueMs);
      } catch (error) {
        const { log } = this.#options;
        log.warn({ err: error }, "rows of single agents cannot be read now; trying again");
        pauseMs = RETRY_MS;
      }
      this.#readingSince = undefined;
      const { signal } = this.#closing;
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #readOnce(): Promise<void> {
    const { read, take, poll } = this.#options;
    this.#readingSince = poll();
    const last = this.#lastRequest;
    const lanes = [...this.#wanted.keys()].slice(0, this.#lanesMax);
    const { rows, isCut } = await read(lanes);
    await take(rows, 0);
    if (isCut) this.#askForFewer(lanes);
    else this.#fulfil(lanes, last);
  }

  /** Of lanes that have more rows than one reading brings, the next ask for fewer, and for others first. */
  #askForFewer(lanes: readonly string[]): void {
    this.#lanesMax = Math.ceil(lanes.length / 2);
    for (const lane of lanes) {
      const requests = this.#wanted.get(lane);
      this.#wanted.delete(lane);
      if (requests !== undefined) this.#wanted.set(lane, requests);
    }
  }

  #add(lane: string, onRead?: () => void): void {
    this.#lastRequest += 1;
    const requests = this.#wanted.get(lane) ?? [];
    requests.push({ nth: this.#lastRequest, onRead });
    this.#wanted.set(lane, requests);
  }

  /** The rows that these lanes had at request number `last` were taken. */
  #fulfil(lanes: readonly string[], last: number): void {
    this.#lanesMax = Math.min(LANES_MAX, 2 * this.#lanesMax);
    for (const lane of lanes) {
      const requests = this.#wanted.get(lane) ?? [];
      const later = requests.filter(({ nth }) => nth > last);
      if (later.length > 0) this.#wanted.set(lane, later);
      else this.#wanted.delete(lane);
      for (const { nth, onRead } of requests) {
        if (nth > last || onRead === undefined) continue;
        this.#waiting -= 1;
        onRead();
      }
    }
  }
}

/** That the rows which a lane has at some moment be read. */
interface LaneRequest {
  readonly nth: number;
  readonly onRead: (() => void) | undefined;
}
