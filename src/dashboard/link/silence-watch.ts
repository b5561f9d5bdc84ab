/**
 * Measures how long nothing has arrived on a connection: neither side of a TCP connection learns that the
 * line between them is dead, and a computer that wakes up has missed it. Pure, except for the clock.
 */

import { QUIET_MS } from "../../picture/quiet.ts";

/** After so many milliseconds the connection is dead. A line that loses packets can be silent for ten seconds. */
const SILENCE_MS_MAX = 20_000;
/** The same if an answer is due: one round trip of short messages. */
const ANSWER_MS_MAX = 10_000;
/** A connection that is not open by then is dead. The next one has twice the time, for a line that needs it. */
const OPENING_MS_MIN = 15_000;
const OPENING_MS_MAX = 120_000;

export type Expected =
  /** The connection is being opened. */
  | "opening"
  /** An event each second. */
  | "events"
  /** An answer to a message. */
  | "answer"
  | "nothing";

/** `quiet`: late, and perhaps dead. */
export type Silence = "none" | "quiet" | "dead";

export class SilenceWatch {
  #since = Date.now();
  /** Grows with each connection that did not open in time, until one does. */
  #openingMs = OPENING_MS_MIN;

  /** Something arrived or was requested, or a new connection is being opened. */
  restart(): void {
    this.#since = Date.now();
  }

  /** Called each second. */
  check(expected: Expected): Silence {
    if (expected === "nothing") this.restart();
    if (expected === "opening") return this.#checkOpening();
    const silentMs = Date.now() - this.#since;
    if (silentMs > limits[expected]) return "dead";
    return silentMs > QUIET_MS ? "quiet" : "none";
  }

  /** The connection has opened: the next one is expected to open fast again. */
  succeed(): void {
    this.#openingMs = OPENING_MS_MIN;
  }

  #checkOpening(): Silence {
    if (Date.now() - this.#since <= this.#openingMs) return "none";
    this.#openingMs = Math.min(this.#openingMs * 2, OPENING_MS_MAX);
    return "dead";
  }
}

const limits: Readonly<Record<Exclude<Expected, "opening">, number>> = {
  events: SILENCE_MS_MAX,
  answer: ANSWER_MS_MAX,
  nothing: Number.POSITIVE_INFINITY,
};
