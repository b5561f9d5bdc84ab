/**
 * The log budget: the limit on log lines of all agents together. Every thread counts in two words of
 * shared memory, so that excess lines are dropped before they cost the main thread anything.
 */

/** Lines of all agents a second; beyond that an agent still has {@link OWN_LINES}. */
export const FLEET_LINES_PER_SECOND_MAX = 1_000;
/** Lines a second that every agent has: one, and the report of the dropped ones. */
const OWN_LINES = 2;

/** The words: the current second, and the lines in it. */
const SECOND = 0;
const LINES = 1;

/** Made once by the main thread, for all its threads. */
export function makeLogBudget(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

export class LogBudget {
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  /**
   * Counts one more line; false if it is one too many.
   * @param ownLines lines of this agent in its own second, this one included
   */
  take(ownLines: number): boolean {
    // The wall clock: each thread's monotonic clock has its own origin.
    const second = Math.floor(Date.now() / 1_000) | 0;
    const counted = Atomics.load(this.#words, SECOND);
    // Of the threads that reach a new second together, one resets the count.
    if (
      counted !== second &&
      Atomics.compareExchange(this.#words, SECOND, counted, second) === counted
    ) {
      Atomics.store(this.#words, LINES, 0);
    }
    if (ownLines > OWN_LINES && Atomics.load(this.#words, LINES) >= FLEET_LINES_PER_SECOND_MAX) {
      return false;
    }
    Atomics.add(this.#words, LINES, 1);
    return true;
  }
}
