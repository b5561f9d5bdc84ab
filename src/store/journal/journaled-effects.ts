/** The effects in the journal's file, next to the actions. */

import type { EffectRow } from "../../model/effect.ts";
import type { EffectJournal } from "../tables/kept-effects.ts";
import type { KeptEffect } from "../tables/unwritten-effects.ts";
import type { JournalFile } from "./journal-file.ts";
import type { StoredEffect } from "./journal-protocol.ts";

export class JournaledEffects implements EffectJournal {
  readonly #file: JournalFile;
  readonly left: readonly KeptEffect[];
  #seq: number;
  #size: number;

  constructor(file: JournalFile, stored: readonly StoredEffect[]) {
    this.#file = file;
    this.left = stored.map(({ seq, row }) => ({ seq, row: parseRow(row) }));
    this.#seq = stored.at(-1)?.seq ?? 0;
    this.#size = stored.length;
  }

  /** Rows in the file. */
  get size(): number {
    return this.#size;
  }

  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  async add(effects: readonly KeptEffect[]): Promise<void> {
    const effectAdds = effects.map(({ seq, row }) => ({ seq, row: JSON.stringify(row) }));
    await this.#file.change({ effectAdds });
    this.#size += effects.length;
  }

  async remove(effects: readonly KeptEffect[]): Promise<void> {
    await this.#file.change({ effectRemoves: effects.map(({ seq }) => seq) });
    this.#size -= effects.length;
  }
}

/** A row of an older Troupe has no epoch. */
function parseRow(text: string): EffectRow {
  return { epoch: 0, ...(JSON.parse(text) as Omit<EffectRow, "epoch">) };
}
