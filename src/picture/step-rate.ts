/** Steps over the last minute, and how many failed: counted in slots, so that it costs the same at any speed. */

const SLOT_MS = 5_000;
const SLOTS = 12;
/** Milliseconds that must have been counted before there is a rate. */
const COUNTED_MS_MIN = 5_000;

export interface RateSlot {
  readonly steps: number;
  readonly failed: number;
}

export class StepRate {
  readonly #since: number;
  readonly #counts = new Array<number>(SLOTS).fill(0);
  readonly #failures = new Array<number>(SLOTS).fill(0);
  /** Number of the newest slot, counted from the epoch. */
  #newest: number;

  /** @param since When counting started, in milliseconds since the epoch. */
  constructor(since: number) {
    this.#since = since;
    this.#newest = Math.floor(since / SLOT_MS);
  }

  /** @param failed how many of them failed, as far as that is known */
  add(time: number, steps = 1, failed = 0): void {
    const slot = Math.floor(time / SLOT_MS);
    this.#moveTo(slot);
    if (slot > this.#newest - SLOTS) {
      const at = slot % SLOTS;
      this.#counts[at] = (this.#counts[at] ?? 0) + steps;
      this.#failures[at] = (this.#failures[at] ?? 0) + failed;
    }
  }

  /** Undefined until enough time has been counted. Changes nothing, so a wrong clock does no harm. */
  perMinute(now: number): number | undefined {
    // The newest slot is not full yet.
    const windowMs = (SLOTS - 1) * SLOT_MS + (now % SLOT_MS);
    const countedMs = Math.min(now - this.#since, windowMs);
    if (countedMs < COUNTED_MS_MIN) return undefined;
    const oldest = Math.max(Math.floor(now / SLOT_MS), this.#newest) - SLOTS + 1;
    let sum = 0;
    for (let at = oldest; at <= this.#newest; at += 1) sum += this.#counts[at % SLOTS] ?? 0;
    return (sum * 60_000) / countedMs;
  }

  /** The slots of the last minute, oldest first; the last one is not full yet. */
  slots(now: number): readonly RateSlot[] {
    const newest = Math.max(Math.floor(now / SLOT_MS), this.#newest);
    return Array.from({ length: SLOTS }, (_, n) => {
      const slot = newest - SLOTS + 1 + n;
      const isCounted = slot > this.#newest - SLOTS && slot <= this.#newest && slot >= 0;
      const at = slot % SLOTS;
      if (!isCounted) return { steps: 0, failed: 0 };
      return { steps: this.#counts[at] ?? 0, failed: this.#failures[at] ?? 0 };
    });
  }

  #moveTo(slot: number): void {
    for (let at = Math.max(this.#newest + 1, slot - SLOTS + 1); at <= slot; at += 1) {
      this.#counts[at % SLOTS] = 0;
      this.#failures[at % SLOTS] = 0;
    }
    this.#newest = Math.max(this.#newest, slot);
  }
}
