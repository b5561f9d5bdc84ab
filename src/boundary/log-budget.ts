/**
 * How many log lines all agents together may post in each second: a few words of shared memory that
 * every thread counts in, so that what is too much is dropped before it costs the main thread anything.
 */

/** Lines of all agents in each second; beyond, an agent has {@link OWN_LINES} of its own. */
export const FLEET_LINES_PER_SECOND_MAX = 1_000;
/** Lines in each second that an agent has whatever the others do: one, and what became of the rest. */
const OWN_LINES = 2;

/** The words: the second that is counted in, and the lines in it. */
const SECOND = 0;
const LINES = 1;

/** Made once by the main thread, for all threads that it makes. */
export function makeLogBudget(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

export class LogBudget {
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  /**
   * Counts one more line; false where it is one too many.
   * @param ownLines Lines of this agent in its own second, this one included.
   */
  take(ownLines: number): boolean {
    // A fixed clock: two threads' own clocks begin at different times.
    const second = Math.floor(Date.now() / 1_000) | 0;
    const counted = Atomics.load(this.#words, SECOND);
    // Of threads that come to a new second together, one begins to count anew.
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
