/** What was taken from the table and is not acked, and how long each action waited and took. */

import type { ActionRow } from "../model/action.ts";

/** The times are those of the last handling, in milliseconds. */
export interface TakenAction {
  readonly row: ActionRow;
  waitedMs: number;
  tookMs: number;
}

export class Taken {
  readonly #actions = new Map<string, TakenAction>();

  get size(): number {
    return this.#actions.size;
  }

  add(row: ActionRow): void {
    this.#actions.set(row.id, { row, waitedMs: 0, tookMs: 0 });
  }

  find(id: string): ActionRow | undefined {
    return this.#actions.get(id)?.row;
  }

  /** Takes it out; undefined where it was not in. */
  remove(id: string): TakenAction | undefined {
    const taken = this.#actions.get(id);
    this.#actions.delete(id);
    return taken;
  }

  /** To be called when a handler begins; what it returns, when it has ended. */
  clock({ id, created_at, not_before }: ActionRow): () => void {
    const taken = this.#actions.get(id);
    // Another machine's clock may be ahead.
    const waitedMs = Math.max(0, Date.now() - Math.max(created_at, not_before ?? 0));
    const begun = performance.now();
    return () => {
      if (taken === undefined) return;
      taken.waitedMs = waitedMs;
      taken.tookMs = Math.round(100 * (performance.now() - begun)) / 100;
    };
  }
}
