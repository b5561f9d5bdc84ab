/**
 * How many calls of one model may be in flight: starts small, so that a fleet that starts does not call
 * all together, doubles with each round of answers, and after a sign of overload is halved and grows by
 * one a round (AIMD, as TCP does it). Pure: the caller passes the time in milliseconds.
 */

/** Calls in flight at the start, and after an outage. */
const FIRST = 8;
/** Milliseconds in which several signs of overload count as one. */
const CUT_MS = 1_000;

export class CallWindow {
  #max: number;
  #size: number;
  /** Above it the window grows by one a round. */
  #threshold: number;
  #cutAt = Number.NEGATIVE_INFINITY;

  /** @param isOpen true to start with all */
  constructor(max: number, isOpen = false) {
    this.#max = max;
    this.#size = isOpen ? max : Math.min(FIRST, max);
    this.#threshold = max;
  }

  get size(): number {
    return Math.floor(this.#size);
  }

  setMax(max: number): void {
    if (max === this.#max) return;
    // A greater number that somebody has set is meant to be used.
    this.#threshold = max;
    if (max < this.#max || this.#size >= this.#max)
      this.#size = Math.min(max, Math.max(this.#size, FIRST));
    this.#max = max;
  }

  /** @param inFlight calls in flight when the answer came, this one included */
  grow(inFlight: number): void {
    // A window that was not full shows nothing.
    if (inFlight < this.size) return;
    const step = this.#size < this.#threshold ? 1 : 1 / this.#size;
    this.#size = Math.min(this.#max, this.#size + step);
  }

  cut(now: number): void {
    if (now - this.#cutAt < CUT_MS) return;
    this.#cutAt = now;
    this.#size = Math.max(1, this.#size / 2);
    this.#threshold = this.#size;
  }

  /** As at the start: failures of an outage show nothing about how much is too much. */
  restart(): void {
    this.#size = Math.min(FIRST, this.#max);
    this.#threshold = this.#max;
  }
}
