/**
 * A step patch: the changes by stored steps of an agent that its row in `agent_state` lacks. Reads
 * add the patch, so that no reader sees less than was published.
 */

import { type StepState, stepStateOf } from "../../model/after-step.ts";
import type { AgentRow } from "../../model/agent.ts";
import type { WholeStepRow } from "../../model/step.ts";

export interface StepPatch {
  readonly columns: StepState &
    Pick<AgentRow, "updated_at"> &
    Partial<Pick<AgentRow, "last_error">>;
  /** Guidance that each of these steps used. */
  readonly used: readonly UsedGuidance[];
}

interface UsedGuidance {
  readonly iteration: number;
  readonly ids: readonly string[];
}

/** A row of a read, which may lack large columns. */
export type ReadRow = Pick<AgentRow, "agent_id" | "iteration"> & Partial<AgentRow>;

/** The patch with one more step. @param row the agent's row after it */
export function addToPatch(
  patch: StepPatch | undefined,
  row: AgentRow,
  step: WholeStepRow,
): StepPatch {
  const { iteration, updated_at } = row;
  const error = step.error === null ? patch?.columns.last_error : row.last_error;
  const ids = step.guidance_used ?? [];
  const used = patch?.used ?? [];
  return {
    columns: {
      ...stepStateOf(row),
      updated_at,
      ...(error === undefined ? undefined : { last_error: error }),
    },
    used: ids.length === 0 ? used : [...used, { iteration, ids }],
  };
}

/** The rest of the patch once a row with this iteration is in the table. */
export function patchSince(patch: StepPatch | undefined, iteration: number): StepPatch | undefined {
  if (patch === undefined || patch.columns.iteration <= iteration) return undefined;
  return { ...patch, used: patch.used.filter((one) => one.iteration > iteration) };
}

/** The row with the patch in the columns that it has; a row that is newer stays as it is. */
export function patched<Row extends ReadRow>(row: Row, patch: StepPatch | undefined): Row {
  if (patch === undefined || patch.columns.iteration <= row.iteration) return row;
  const changes = Object.entries(patch.columns).filter(([name]) => name in row);
  const used = new Set(patch.used.flatMap(({ ids }) => ids));
  const waiting = row.pending_guidance?.filter(({ action_id }) => !used.has(action_id));
  return {
    ...row,
    ...Object.fromEntries(changes),
    ...(waiting === undefined ? undefined : { pending_guidance: waiting }),
  };
}
