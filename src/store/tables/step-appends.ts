/** Appends gathered steps, each after the effects of its turn, so that a step that is stored has its effects. */

import { inTimeSlices } from "../../time-slices.ts";
import { cutByCommit, type EncodedRow } from "../lance/codec.ts";
import type { StoreRetry } from "../lance/retry-until-stored.ts";
import { encodeStep, type StepEntry } from "./agent-lane.ts";
import type { EffectWrites } from "./effect-writes.ts";
import type { StepTable } from "./step-table.ts";

export interface StepAppendsOptions {
  readonly steps: StepTable;
  readonly effects: Pick<EffectWrites, "flush" | "sync" | "ready" | "pressure">;
  readonly retry: StoreRetry;
  /** Called with each commit. */
  readonly onAppended: () => void;
}

/** Records encoded between two checks of the time slice: about a millisecond. */
export const ENCODE_BATCH = 100;

/** A step that can never be stored is left out, and its entry has the reason. */
export async function appendSteps(
  entries: readonly StepEntry[],
  { steps, effects, retry, onAppended }: StepAppendsOptions,
): Promise<void> {
  const rows: EncodedRow[] = [];
  for await (const part of inTimeSlices(entries, ENCODE_BATCH)) {
    for (const entry of part) rows.push(...encodeStep(entry));
  }
  // Without effects there is nothing to wait for.
  const flushed = effects.flush();
  if (flushed !== undefined) await flushed;
  for (const part of cutByCommit(rows)) {
    await steps.append(part, retry);
    onAppended();
  }
}
