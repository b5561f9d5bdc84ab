/**
 * What a thread knows of the keys of `ctx.once` in one turn, or of those that hold for all turns. Pure.
 * A call keeps the memo of the turn in which it was made: one that nobody awaits may outlive its step, and
 * must neither see the keys of the next turn nor leave its own there.
 */

import type { RecalledEffect } from "../boundary/protocol.ts";
import type { ErrorData } from "../model/error-data.ts";

/** What is known of a key. */
export type Known =
  | { readonly state: "running" }
  | { readonly state: "unknown"; readonly effect: string | number }
  | { readonly state: "done"; readonly valueJson: string | null; readonly error: ErrorData | null };

export class KeyMemo {
  readonly #known = new Map<string, Known>();
  /** The questions to main that were asked, by what was asked; `undefined` once answered. */
  readonly #questions = new Map<string | null, PromiseWithResolvers<void> | undefined>();

  find(key: string): Known | undefined {
    return this.#known.get(key);
  }

  /** @param known undefined: the key is free */
  set(key: string, known: Known | undefined): void {
    if (known === undefined) this.#known.delete(key);
    else this.#known.set(key, known);
  }

  /**
   * Resolves once main has answered; undefined if it has, or need not.
   * @param asked a key, or null for all keys of the turn
   * @param ask sends the question; called once for each
   */
  recall(asked: string | null, ask: () => void): Promise<void> | undefined {
    if (!this.#questions.has(asked)) {
      this.#questions.set(asked, Promise.withResolvers());
      ask();
    }
    return this.#questions.get(asked)?.promise;
  }

  /** Main's answer. What this thread knows itself is newer. */
  answer(asked: string | null, effects: readonly RecalledEffect[]): void {
    for (const effect of effects) {
      if (!this.#known.has(effect.key)) this.#known.set(effect.key, fromRecalled(effect));
    }
    this.#questions.get(asked)?.resolve();
    this.#questions.set(asked, undefined);
  }

  /** Forgets keys that main can be asked for again, if there are more than `max`. */
  trim(max: number): void {
    // A key that is free again is in the questions alone.
    if (Math.max(this.#known.size, this.#questions.size) <= max) return;
    for (const [key, { state }] of this.#known) if (state !== "running") this.#known.delete(key);
    for (const [asked, open] of this.#questions) {
      if (open === undefined) this.#questions.delete(asked);
    }
  }
}

function fromRecalled({ effectId, state, valueJson, error }: RecalledEffect): Known {
  return state === "done" ? { state, valueJson, error } : { state, effect: effectId };
}
