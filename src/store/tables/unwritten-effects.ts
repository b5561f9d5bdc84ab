/**
 * The rows of effects that the table does not have yet. Of an effect only the furthest row is kept, so that
 * one that starts and ends soon is written once. Pure.
 *
 * The flush of steps writes all waiting rows before its steps, and without steps a timer does within the
 * pace's `lazyMs`; with nothing waiting there is neither a commit nor a timer. A flush that cannot store
 * the effects does not store the steps either.
 */

import { type EffectRow, isFurther } from "../../model/effect.ts";
import type { EncodedRow } from "../lance/codec.ts";

/** A row of the journal. */
export interface KeptEffect {
  readonly seq: number;
  readonly row: EffectRow;
}

export interface UnwrittenEffect {
  readonly row: EffectRow;
  readonly encoded: EncodedRow;
  /** Of this row, and of those that it has replaced: needed until the table has this one. */
  readonly kept: readonly KeptEffect[];
}

/** Bytes of a row without its texts, roughly. */
const ROW_BYTES = 500;

export class UnwrittenEffects {
  /** By effect, oldest first. */
  #waiting = new Map<string, UnwrittenEffect>();
  /** Those that are being written. */
  #taken = new Map<string, UnwrittenEffect>();
  #waitingBytes = 0;
  #takenBytes = 0;

  get isEmpty(): boolean {
    return this.#waiting.size === 0 && this.#taken.size === 0;
  }

  /** Of rows that no write has taken. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get bytes(): number {
    return this.#waitingBytes + this.#takenBytes;
  }

  /** All of them; an effect that goes on while it is being written has two. */
  rows(): readonly EffectRow[] {
    return [...this.#taken.values(), ...this.#waiting.values()].map(({ row }) => row);
  }

  add(effect: UnwrittenEffect): void {
    const id = effect.row.effect_id;
    const before = this.#waiting.get(id);
    const now = before === undefined ? effect : further(before, effect);
    this.#waitingBytes += bytesOf(now) - (before === undefined ? 0 : bytesOf(before));
    this.#waiting.set(id, now);
  }

  /** For one write; {@link setWritten} or {@link putBack} follow before the next. */
  take(): readonly UnwrittenEffect[] {
    this.#taken = this.#waiting;
    this.#takenBytes = this.#waitingBytes;
    this.#waiting = new Map();
    this.#waitingBytes = 0;
    return [...this.#taken.values()];
  }

  /** The table has these. */
  setWritten(effects: readonly UnwrittenEffect[]): void {
    for (const effect of effects) {
      if (this.#taken.delete(effect.row.effect_id)) this.#takenBytes -= bytesOf(effect);
    }
  }

  /** Those that were taken and not written wait again, before all others. */
  putBack(): void {
    const newer = this.#waiting;
    this.#waiting = this.#taken;
    this.#waitingBytes = this.#takenBytes;
    this.#taken = new Map();
    this.#takenBytes = 0;
    for (const effect of newer.values()) this.add(effect);
  }
}

/** The first one unless the second is further, with the entries of both. */
function further(first: UnwrittenEffect, second: UnwrittenEffect): UnwrittenEffect {
  const one = isFurther(second.row.state, first.row.state) ? second : first;
  return { ...one, kept: [...first.kept, ...second.kept] };
}

export function bytesOf({ row }: Pick<UnwrittenEffect, "row">): number {
  return ROW_BYTES + (row.value?.length ?? 0) + (row.input?.length ?? 0);
}
