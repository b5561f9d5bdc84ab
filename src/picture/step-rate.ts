/** Steps per minute over the last minute: counted in slots, so that it costs the same at any speed. */

const SLOT_MS = 5_000;
const SLOTS = 12;
/** Milliseconds that must have been counted before there is a rate. */
const COUNTED_MS_MIN = 5_000;

export class StepRate {
  readonly #since: number;
  readonly #counts = new Array<number>(SLOTS).fill(0);
  /** Number of the newest slot, counted from the epoch. */
  #newest: number;

  /** @param since When counting started, in milliseconds since the epoch. */
  constructor(since: number) {
    this.#since = since;
    this.#newest = Math.floor(since / SLOT_MS);
  }

  add(time: number, steps = 1): void {
    const slot = Math.floor(time / SLOT_MS);
    this.#moveTo(slot);
    if (slot > this.#newest - SLOTS) {
      const at = slot % SLOTS;
      this.#counts[at] = (this.#counts[at] ?? 0) + steps;
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

  #moveTo(slot: number): void {
    for (let at = Math.max(this.#newest + 1, slot - SLOTS + 1); at <= slot; at += 1) {
      this.#counts[at % SLOTS] = 0;
    }
    this.#newest = Math.max(this.#newest, slot);
  }
}
