/**
 * The refusals (429) of single calls. A request that asks for more than its provider ever grants is refused
 * each time, while others are answered: it must neither hold up the others nor be repeated forever. Pure.
 */

/** Refusals with an answer to another call in between, after which a call is not made again. */
export const REFUSALS_ALONE_MAX = 5;

interface Refused {
  count: number;
  /** Those before which a later call was answered. */
  alone: number;
  /** When the last one was noticed, in milliseconds. */
  at: number;
}

export class Refusals<T extends object> {
  readonly #calls = new WeakMap<T, Refused>();

  /** @param answeredAt start of the newest call that the same model has answered */
  add(call: T, answeredAt: number, now: number): void {
    const { count, alone, at } = this.#calls.get(call) ?? { count: 0, alone: 0, at: now };
    this.#calls.set(call, { count: count + 1, alone: alone + (answeredAt > at ? 1 : 0), at: now });
  }

  /** True if the call goes before others, as after every first of two refusals. */
  goesFirst(call: T): boolean {
    return (this.#calls.get(call)?.count ?? 0) % 2 === 1;
  }

  /** True if what the call asks is the reason. */
  isAlone(call: T): boolean {
    return (this.#calls.get(call)?.alone ?? 0) >= REFUSALS_ALONE_MAX;
  }
}
