/**
 * Which causes are worth a notification: new ones, all together, and never twice within a minute. A fleet in
 * trouble can have hundreds of agents in it, and causes come and go while it recovers.
 */

import type { TroubleCause } from "../../picture/trouble-causes.ts";

/** Least milliseconds between two notifications. */
export const NOTIFY_GAP_MS = 60_000;
/** Milliseconds after which a cause that is back counts as a new one. */
export const KNOWN_MS = 600_000;

export class NewCauses {
  /** When each cause was there last, by its id; of those not told yet as well. */
  readonly #seenAt = new Map<string, number>();
  #untold: readonly string[] = [];
  #isFirst = true;
  #toldAt = Number.NEGATIVE_INFINITY;

  /**
   * The causes to notify about now; empty if there is nothing new, or if it is too soon. What is there at
   * first is not new: whoever opens the page sees it.
   * @param isWanted false while the page is looked at: then what is new is known without a notification
   */
  take(causes: readonly TroubleCause[], now: number, isWanted: boolean): readonly TroubleCause[] {
    const fresh = causes.filter(({ id }) => !this.#isKnown(id, now)).map(({ id }) => id);
    for (const { id } of causes) this.#seenAt.set(id, now);
    if (this.#isFirst || !isWanted) this.#untold = [];
    else this.#untold = [...this.#untold, ...fresh];
    this.#isFirst = false;
    if (now - this.#toldAt < NOTIFY_GAP_MS) return [];
    // Some may have passed meanwhile.
    const told = causes.filter(({ id }) => this.#untold.includes(id));
    this.#untold = [];
    if (told.length > 0) this.#toldAt = now;
    return told;
  }

  #isKnown(id: string, now: number): boolean {
    const seenAt = this.#seenAt.get(id);
    return seenAt !== undefined && now - seenAt < KNOWN_MS;
  }
}
