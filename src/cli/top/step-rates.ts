/** How many steps an agent ends a minute, from the steps of the last minute. Pure. */

/** Milliseconds that a rate looks back, and those of the parts that it is counted in. */
const WINDOW_MS = 60_000;
const PART_MS = 5_000;
/** Least milliseconds of which a rate is told. */
const OBSERVED_MS_MIN = 5_000;

export class StepRate {
  /** Steps by the number of their part since the epoch; as many entries as the window has parts. */
  readonly #parts = new Map<number, number>();
  /** From here on every step is known, in milliseconds since the epoch. */
  readonly #knownSince: number;

  constructor(knownSince: number) {
    this.#knownSince = knownSince;
  }

  count(at: number): void {
    const part = Math.floor(at / PART_MS);
    this.#parts.set(part, (this.#parts.get(part) ?? 0) + 1);
    for (const other of this.#parts.keys()) {
      if (other <= part - WINDOW_MS / PART_MS) this.#parts.delete(other);
    }
  }

  /** Steps a minute; undefined while too little is known. */
  perMinute(now: number): number | undefined {
    // A whole number of parts, the present one not full yet.
    const first = Math.floor((now - WINDOW_MS) / PART_MS) + 1;
    const observedMs = now - Math.max(first * PART_MS, this.#knownSince);
    if (observedMs < OBSERVED_MS_MIN) return undefined;
    let steps = 0;
    for (const [part, count] of this.#parts) if (part >= first) steps += count;
    return (steps * 60_000) / observedMs;
  }
}
