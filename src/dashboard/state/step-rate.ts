/** Steps a minute over the last minute: counted in slots, so that it costs the same at any speed. */

const SLOT_MS = 5_000;
const SLOTS = 12;
/** A shorter time of watching says too little to reckon a minute from. */
const WATCHED_MS_MIN = 5_000;

export class StepRate {
  readonly #since: number;
  readonly #counts = new Array<number>(SLOTS).fill(0);
  /** Number of the newest slot, counted from the epoch. */
  #newest: number;

  /** @param since When counting began, in milliseconds since the epoch. */
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

  /** Changes nothing: what is asked by a wrong clock must not forget what is counted. */
  perMinute(now: number): number {
    const oldest = Math.max(Math.floor(now / SLOT_MS), this.#newest) - SLOTS + 1;
    let sum = 0;
    for (let at = oldest; at <= this.#newest; at += 1) sum += this.#counts[at % SLOTS] ?? 0;
    // The newest slot is not full yet.
    const counted = (SLOTS - 1) * SLOT_MS + (now % SLOT_MS);
    const watched = Math.max(now - this.#since, WATCHED_MS_MIN);
    return (sum * 60_000) / Math.min(counted, watched);
  }

  #moveTo(slot: number): void {
    for (let at = Math.max(this.#newest + 1, slot - SLOTS + 1); at <= slot; at += 1) {
      this.#counts[at % SLOTS] = 0;
    }
    this.#newest = Math.max(this.#newest, slot);
  }
}
