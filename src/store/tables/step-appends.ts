/** Appends gathered steps, each after the effects of its turn, so that a step that is stored has its effects. */

import { inTimeSlices } from "../../time-slices.ts";
import { cutByCommit, type EncodedRow } from "../lance/codec.ts";
import type { StoreRetry } from "../lance/retry-until-stored.ts";
import { encodeStep, type StepEntry } from "./agent-lane.ts";
import type { EffectWrites } from "./effect-writes.ts";
import type { StepTable } from "./step-table.ts";

export interface StepAppendsOptions {
  readonly steps: StepTable;
  readonly effects: Pick<EffectWrites, "flush" | "sync" | "ready" | "pressure"> | undefined;
  readonly retry: StoreRetry;
  /** Called with each commit. */
  readonly onAppended: () => void;
}

/** Records encoded between two checks of the time slice: about a millisecond. */
export const ENCODE_BATCH = 100;

export class StepAppends {
  readonly #options: StepAppendsOptions;

  constructor(options: StepAppendsOptions) {
    this.#options = options;
  }

  /** How much of the effects waits: from 1 on {@link ready} waits. */
  get pressure(): number {
    return this.#options.effects?.pressure ?? 0;
  }

  async ready(): Promise<void> {
    if (this.pressure >= 1) await this.#options.effects?.ready();
  }

  /** One that can never be stored is left out, and its entry has the reason. */
  async append(entries: readonly StepEntry[]): Promise<void> {
    const { steps, effects, retry, onAppended } = this.#options;
    const rows: EncodedRow[] = [];
    for await (const part of inTimeSlices(entries, ENCODE_BATCH)) {
      for (const entry of part) rows.push(...encodeStep(entry));
    }
    // Without effects there is nothing to wait for.
    const flushed = effects?.flush();
    if (flushed !== undefined) await flushed;
    for (const part of cutByCommit(rows)) {
      await steps.append(part, retry);
      onAppended();
    }
  }

  /** Resolves once all steps so far, and their effects, are on the disk. */
  async sync(): Promise<void> {
    const { steps, effects } = this.#options;
    await effects?.sync();
    await steps.sync();
  }
}
