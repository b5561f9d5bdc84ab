/**
 * Learns a provider's rate from its refusals alone. A cycle lasts from one refusal's end to the next one's;
 * what was accepted in the cycles of about a minute, divided by their length, is what the provider grants,
 * whether it counts in fixed windows or fills up gradually. Then the rate rises slowly until the next
 * refusal. Pure: the caller passes the time in milliseconds.
 */

interface Care {
  /** Part of the measured rate that is used: the rest is for the clocks of two machines. */
  readonly part: number;
  /** Growth a millisecond by the time since the last refusal, in case a limit was raised. */
  readonly growths: readonly { readonly afterMs: number; readonly growth: number }[];
}

/** If refusals name a time, one costs little: growth of 3 % a minute at first. */
const usual: Care = {
  part: 0.98,
  growths: [
    { afterMs: 0, growth: 0.0005 / 1_000 },
    { afterMs: 120_000, growth: 0.005 / 1_000 },
    { afterMs: 300_000, growth: 0.02 / 1_000 },
  ],
};

/** After one that names none, much of the provider's next window may be over before it is noticed. */
const great: Care = {
  part: 0.97,
  growths: [
    { afterMs: 0, growth: 0.000_15 / 1_000 },
    { afterMs: 300_000, growth: 0.005 / 1_000 },
    { afterMs: 600_000, growth: 0.02 / 1_000 },
  ],
};

/** Milliseconds that the measured cycles must last together: a short one has only a part of what was granted. */
const MEASURED_MS = 55_000;

export class LearnedRate {
  /** Calls a millisecond; infinite until the first refusal. */
  #rate = Number.POSITIVE_INFINITY;
  /** Start of the cycle; undefined before the first call. */
  #since: number | undefined;
  #accepted = 0;
  #care = usual;
  /** The newest first. */
  #cycles: readonly Cycle[] = [];
  #refusedAt = 0;
  #grownAt = 0;

  get rate(): number {
    return this.#rate;
  }

  /** A call starts; it counts as accepted until it is refused. */
  start(now: number): void {
    this.#since ??= now;
    this.#accepted += 1;
  }

  /** @param isTimeNamed whether the refusal says when calls are welcome again */
  refuse(isTimeNamed = true): void {
    this.#care = isTimeNamed ? usual : great;
    this.#accepted = Math.max(0, this.#accepted - 1);
  }

  /** The wait that a refusal had asked for is over: the next cycle starts. */
  endCycle(now: number): void {
    const ms = now - (this.#since ?? now);
    // Nothing was accepted: the provider's window is longer than the wait, and so is the cycle.
    if (ms <= 0 || this.#accepted === 0) return;
    this.#cycles = newest([{ ms, accepted: this.#accepted }, ...this.#cycles]);
    const measuredMs = this.#cycles.reduce((sum, cycle) => sum + cycle.ms, 0);
    const accepted = this.#cycles.reduce((sum, cycle) => sum + cycle.accepted, 0);
    this.#rate = (this.#care.part * accepted) / measuredMs;
    this.#since = now;
    this.#accepted = 0;
    this.#refusedAt = now;
    this.#grownAt = now;
  }

  /** Must be called only while calls wait for this rate: otherwise nothing can be learned from it. */
  grow(now: number): void {
    const ms = Math.max(0, now - this.#grownAt);
    this.#grownAt = now;
    if (this.#rate === Number.POSITIVE_INFINITY || ms > GROWN_MS_MAX) return;
    const calmMs = now - this.#refusedAt;
    const step = this.#care.growths.findLast(({ afterMs }) => calmMs >= afterMs);
    this.#rate *= 1 + (step?.growth ?? 0) * ms;
  }
}

interface Cycle {
  readonly ms: number;
  readonly accepted: number;
}

/** As many cycles as together last long enough. */
function newest(cycles: readonly Cycle[]): readonly Cycle[] {
  let ms = 0;
  const found = cycles.findIndex((cycle) => {
    ms += cycle.ms;
    return ms >= MEASURED_MS;
  });
  return found === -1 ? cycles : cycles.slice(0, found + 1);
}

/** A longer time without a look was a time without calls. */
const GROWN_MS_MAX = 10_000;
