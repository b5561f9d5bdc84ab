/**
 * Measures how long nothing has arrived on a connection: neither side of a TCP connection learns that the
 * line between them is dead, and a computer that wakes up has missed it. Pure, except for the clock.
 */

import { QUIET_MS } from "../../picture/quiet.ts";

/** After so many milliseconds the connection is dead. A line that loses packets can be silent for ten seconds. */
const SILENCE_MS_MAX = 20_000;
/** The same if an answer is due: one round trip of short messages. */
const ANSWER_MS_MAX = 10_000;
/** A connection that is not open by then is dead. */
const OPENING_MS_MAX = 15_000;

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

  /** Something arrived or was requested, or a new connection is being opened. */
  restart(): void {
    this.#since = Date.now();
  }

  /** Called each second. */
  check(expected: Expected): Silence {
    if (expected === "nothing") this.restart();
    const silentMs = Date.now() - this.#since;
    if (silentMs > limits[expected]) return "dead";
    return silentMs > QUIET_MS && expected !== "opening" ? "quiet" : "none";
  }
}

const limits: Readonly<Record<Expected, number>> = {
  opening: OPENING_MS_MAX,
  events: SILENCE_MS_MAX,
  answer: ANSWER_MS_MAX,
  nothing: Number.POSITIVE_INFINITY,
};
