/**
 * The writes of one table, one at a time: two in one process would only conflict with each other.
 * Conflicts with other processes are retried with backoff and jitter, a bounded number of times.
 */

import { setTimeout as delay } from "node:timers/promises";
import pLimit from "p-limit";
import { cutText } from "../../model/cut-text.ts";
import { messageOf, TroupeError } from "../../model/errors.ts";
import { withRemedy } from "../../model/system-fault.ts";
import { explainStoreFault } from "./object-store-fault.ts";

export interface WriteQueueOptions {
  /** Names the table in errors. */
  readonly name: string;
  /** Tries of one write, the first included. Each is up to 20 tries inside LanceDB. */
  readonly attemptsMax?: number;
  readonly random?: () => number;
  /** Notified of the result of each write. */
  readonly observer?: WriteObserver | undefined;
  /** Called after each try, once all that the try has stored is complete. */
  readonly onEnded?: () => void;
}

export interface WriteObserver {
  /** Called before each try: a reason to write nothing more. */
  readonly refusal: () => TroupeError | undefined;
  readonly onStored: () => void;
  /** Called with `STORE_UNAVAILABLE` only. */
  readonly onFailed: (error: TroupeError) => void;
}

const ATTEMPTS_MAX = 8;
/** Longest pause before the second try, in milliseconds; it doubles with each further one. */
const PAUSE_MS_FIRST = 20;
/** Longest pause of all, in milliseconds. */
const PAUSE_MS_MAX = 2_000;
/** Writes that may wait; a further one is refused with `STORE_UNAVAILABLE`. */
const WRITES_WAITING_MAX = 1_000;

export class WriteQueue {
  readonly #name: string;
  readonly #attemptsMax: number;
  readonly #random: () => number;
  readonly #observer: WriteObserver | undefined;
  readonly #onEnded: (() => void) | undefined;
  readonly #oneAtATime = pLimit(1);

  constructor(options: WriteQueueOptions) {
    this.#name = options.name;
    this.#attemptsMax = options.attemptsMax ?? ATTEMPTS_MAX;
    this.#random = options.random ?? Math.random;
    this.#observer = options.observer;
    this.#onEnded = options.onEnded;
  }

  /** Accepted writes that have not ended. */
  get waiting(): number {
    return this.#oneAtATime.activeCount + this.#oneAtATime.pendingCount;
  }

  /**
   * Runs `write` after all earlier ones. It may run several times, so it must start from the table as it
   * is; a conflict means that nothing of that try was stored.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if the tries are used up, the queue is full, or LanceDB
   * failed otherwise; then only the cause shows whether anything was stored.
   * `DATABASE_LOST` if another process has taken over.
   */
  run<T>(write: () => Promise<T>): Promise<T> {
    return this.#enqueue(() => this.#observed(write));
  }

  /** {@link run} without a call of the observer: the failure means nothing for other writes. */
  runUnobserved<T>(write: () => Promise<T>): Promise<T> {
    return this.#enqueue(() => this.#tryAgain(write));
  }

  #enqueue<T>(run: () => Promise<T>): Promise<T> {
    if (this.waiting >= WRITES_WAITING_MAX) {
      return Promise.reject(this.#failure(`${this.waiting} writes are waiting already`, undefined));
    }
    return this.#oneAtATime(run);
  }

  /** Resolves once all writes accepted so far have ended. */
  async drain(): Promise<void> {
    await this.#oneAtATime(() => undefined);
  }

  async #observed<T>(write: () => Promise<T>): Promise<T> {
    try {
      const result = await this.#tryAgain(write);
      this.#observer?.onStored();
      return result;
    } catch (thrown) {
      if (thrown instanceof TroupeError && thrown.code === "STORE_UNAVAILABLE") {
        this.#observer?.onFailed(thrown);
      }
      throw thrown;
    }
  }

  async #tryAgain<T>(write: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const refusal = this.#observer?.refusal();
      if (refusal !== undefined) throw refusal;
      try {
        return await write();
      } catch (cause) {
        if (cause instanceof TroupeError) throw cause;
        if (!isConflict(cause)) throw this.#failure(briefCause(cause), cause);
        if (attempt >= this.#attemptsMax) {
          throw this.#failure(`other commits came first, ${attempt} times in a row`, cause);
        }
      } finally {
        this.#onEnded?.();
      }
      await delay(pauseMs(attempt, this.#random()));
    }
  }

  #failure(reason: string, cause: unknown): TroupeError {
    return new TroupeError("STORE_UNAVAILABLE", `${this.#name} did not accept a write: ${reason}`, {
      cause,
      details: { table: this.#name },
    });
  }
}

/** Milliseconds with full jitter: from 0 to the doubled bound. Pure. */
export function pauseMs(attempt: number, chance: number): number {
  return chance * Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** (attempt - 1));
}

/** True for LanceDB's errors after which nothing was stored: another writer's commit was first. */
export function isConflict(error: unknown): boolean {
  return (
    error instanceof Error &&
    /commit conflict|too many concurrent writers|(conflicting|incompatible) transaction/i.test(
      error.message,
    )
  );
}

/**
 * What a failure of an object store means; otherwise LanceDB's first line without places in its source, at
 * most 300 characters, and what helps if the disk has failed.
 */
export function briefCause(cause: unknown): string {
  const message = messageOf(cause);
  const explained = explainStoreFault(message);
  if (explained !== undefined) return explained;
  const [first = message] = message.split(/,? (?:\/\S+\.rs:\d+|Caused by:|location:)/);
  return withRemedy(cause, cutText(first, 300).trim());
}
