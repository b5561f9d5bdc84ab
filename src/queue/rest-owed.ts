/**
 * How long a reader that works in bursts must rest: a leaky bucket, filled by work and emptied by time,
 * that lets the first works after a quiet time follow each other immediately.
 */

export interface RestOwedOptions {
  /** Milliseconds of rest for each that work takes. */
  readonly factor: number;
  /** Milliseconds that may be owed before any rest is due. */
  readonly owedMax: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

export class RestOwed {
  readonly #options: RestOwedOptions;
  #owedMs = 0;
  /** When {@link RestOwed.#owedMs} was counted. */
  #countedAt: number;

  constructor(options: RestOwedOptions) {
    this.#options = options;
    this.#countedAt = options.now();
  }

  /** Milliseconds of rest that are due now; 0 or less: none. */
  get dueMs(): number {
    return this.#count() - this.#options.owedMax;
  }

  /** Runs the work, whose own time pays for nothing. */
  async work(run: () => Promise<void>): Promise<void> {
    this.#count();
    const begun = this.#options.now();
    try {
      await run();
    } finally {
      this.#countedAt = this.#options.now();
      this.#owedMs += (this.#countedAt - begun) * this.#options.factor;
    }
  }

  #count(): number {
    const now = this.#options.now();
    this.#owedMs = Math.max(0, this.#owedMs - (now - this.#countedAt));
    this.#countedAt = now;
    return this.#owedMs;
  }
}
