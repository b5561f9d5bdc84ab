/**
 * How long a reader that works in bursts must pause: a leaky bucket, filled by work and emptied by time,
 * so that after a quiet time the first reads follow each other immediately.
 */

/** Milliseconds of pause that may be owed before any is due. */
const OWED_MS_MAX = 500;

export class ReadPacer {
  readonly #factor: number;
  readonly #now: () => number;
  #owedMs = 0;
  /** When {@link ReadPacer.#owedMs} was counted. */
  #countedAt: number;

  /**
   * @param factor milliseconds of pause for each that the work takes
   * @param now milliseconds on a clock that never goes back
   */
  constructor(factor: number, now = () => performance.now()) {
    this.#factor = factor;
    this.#now = now;
    this.#countedAt = now();
  }

  /** Milliseconds of pause that are due now; 0 or less: none. */
  get dueMs(): number {
    return this.#count() - OWED_MS_MAX;
  }

  /** Runs the work, whose own time pays for nothing. */
  async work(run: () => Promise<void>): Promise<void> {
    this.#count();
    const begun = this.#now();
    try {
      await run();
    } finally {
      this.#countedAt = this.#now();
      this.#owedMs += (this.#countedAt - begun) * this.#factor;
    }
  }

  #count(): number {
    const now = this.#now();
    this.#owedMs = Math.max(0, this.#owedMs - (now - this.#countedAt));
    this.#countedAt = now;
    return this.#owedMs;
  }
}
