/**
 * The server's time as the browser knows it: all times on the page are the server's, and the clock
 * of a browser can be minutes off. Pure.
 */

/** Readings kept; after so many, a clock that was changed is trusted. */
const READINGS_KEPT_MAX = 8;

interface Reading {
  /** Milliseconds that the browser's clock is ahead of the server's. */
  readonly ahead: number;
  /** Milliseconds that the answer took; half of them is the largest error of `ahead`. */
  readonly took: number;
}

export class ServerClock {
  #readings: readonly Reading[] = [];
  #ahead = 0;

  /** The request was sent at `askedAt` and answered at `heardAt`, by the browser's clock. */
  take(serverTime: number, askedAt: number, heardAt: number): void {
    const reading = { ahead: (askedAt + heardAt) / 2 - serverTime, took: heardAt - askedAt };
    this.#readings = [reading, ...this.#readings].slice(0, READINGS_KEPT_MAX);
    const best = this.#readings.reduce((one, other) => (other.took < one.took ? other : one));
    this.#ahead = Math.round(best.ahead);
  }

  /** The server's time at `time` of the browser's clock, in milliseconds since the epoch. */
  at(time: number): number {
    return time - this.#ahead;
  }
}
