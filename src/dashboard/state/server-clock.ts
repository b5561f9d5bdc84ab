/**
 * The server's time as the browser knows it: everything on the page is dated by the server, and the
 * clock of a browser can be minutes off. Pure.
 */

/** Readings kept: after so many a clock that was set is believed. */
const READINGS_KEPT_MAX = 8;

interface Reading {
  /** Milliseconds that the browser's clock is ahead of the server's. */
  readonly ahead: number;
  /** Milliseconds that the answer took; half of them is how wrong `ahead` can be. */
  readonly took: number;
}

export class ServerClock {
  #readings: readonly Reading[] = [];
  #ahead = 0;

  /** The server was asked at `askedAt`, by the browser's clock, and its answer came at `heardAt`. */
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
