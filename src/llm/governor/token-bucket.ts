/**
 * A token bucket whose rate may change: it holds at most a burst, and may go into debt, because what a
 * call costs is known only when it has ended. Pure: the caller passes the time in milliseconds.
 */

export class TokenBucket {
  /** Tokens a millisecond; infinite = no limit. */
  #rate = Number.POSITIVE_INFINITY;
  #burst = 1;
  #level = 1;
  /** When `#level` was right. */
  #at = 0;

  get rate(): number {
    return this.#rate;
  }

  /** A bucket that had no limit starts full. */
  setRate(rate: number, burst: number, now: number): void {
    this.#fill(now);
    if (this.#rate === Number.POSITIVE_INFINITY) this.#level = burst;
    this.#rate = rate;
    this.#burst = burst;
    this.#level = Math.min(this.#level, burst);
  }

  /** Milliseconds until a token is there. */
  waitMs(now: number): number {
    if (this.#rate === Number.POSITIVE_INFINITY) return 0;
    this.#fill(now);
    // A token less a rounding error is a token: else the caller would wait for a part of a millisecond.
    return this.#level >= 1 - 1e-9 ? 0 : (1 - this.#level) / this.#rate;
  }

  /** A negative count gives tokens back. */
  take(count: number, now: number): void {
    this.#fill(now);
    this.#level = Math.min(this.#burst, this.#level - count);
  }

  /** The provider has reported that no more than this remains. */
  capAt(level: number, now: number): void {
    this.#fill(now);
    this.#level = Math.min(this.#level, level);
  }

  #fill(now: number): void {
    const elapsed = Math.max(0, now - this.#at);
    this.#at = now;
    if (this.#rate === Number.POSITIVE_INFINITY) return;
    this.#level = Math.min(this.#burst, this.#level + elapsed * this.#rate);
  }
}
