/**
 * Whether a model answers at all. After some failures in a row, of whichever agents, it counts as down:
 * then one call is let through now and then, and its answer ends the outage (a circuit breaker that makes
 * calls wait and fails none). Pure: the caller passes time and chance.
 */

import { backoffMs } from "../../model/backoff.ts";

/** Failures in a row, without an answer in between, after which a model is down. */
export const FAILURES_MAX = 3;
/** Waits between two calls that are let through: 0.5 to 1 s first, 2.5 to 5 s at most. */
const PROBE = { baseMs: 1_000, maxMs: 5_000 };

export interface Down {
  /** When it was found to be down. */
  readonly since: number;
  /** The last failure. */
  readonly reason: string;
}

export class Outage {
  #failures = 0;
  /** When the first of them was noticed. */
  #failingSince = 0;
  #down: { since: number; reason: string } | undefined;
  #probes = 0;
  #nextProbeAt = 0;

  get down(): Down | undefined {
    return this.#down;
  }

  /** Milliseconds until a call may be made. */
  waitMs(now: number): number {
    return this.#down === undefined ? 0 : Math.max(0, this.#nextProbeAt - now);
  }

  /** A call was made. It is not waited for: one that hangs must not hold up the next. */
  start(now: number, chance: number): void {
    if (this.#down === undefined) return;
    this.#probes += 1;
    this.#nextProbeAt = now + backoffMs(PROBE, this.#probes, chance);
  }

  /** @returns true if the model is down from now on */
  fail(reason: string, now: number, chance: number): boolean {
    if (this.#failures === 0) this.#failingSince = now;
    this.#failures += 1;
    if (this.#down !== undefined) {
      this.#down.reason = reason;
      return false;
    }
    if (this.#failures < FAILURES_MAX) return false;
    this.#down = { since: now, reason };
    this.#probes = 0;
    this.#nextProbeAt = now + backoffMs(PROBE, 1, chance);
    return true;
  }

  /**
   * The model has answered a call. One that was made before the failures shows nothing about now.
   * @returns the outage that this ends, if any
   */
  answer(startedAt: number): Down | undefined {
    if (this.#failures > 0 && startedAt < this.#failingSince) return undefined;
    const ended = this.#down;
    this.#failures = 0;
    this.#down = undefined;
    return ended;
  }
}
