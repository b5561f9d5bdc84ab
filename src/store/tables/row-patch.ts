/**
 * A row's patch: the changes of an agent that are stored, and that its row in `agent_state` lacks:
 * those of stored steps, and guidance that the journal keeps until the row has it. Reads add the
 * patch, so that no reader sees less than was published.
 *
 * Only columns that steps change, and guidance, can be older in the table; of the filters only the search
 * for a subject has to allow for that. Rejected: a merge before each read, because a page that polls
 * would cause as many merges again; the records of the supervisor, which have changes that are not stored
 * yet.
 */

import { type AddedGuidance, missingIn } from "../../model/added-guidance.ts";
import { type StepState, stepStateOf } from "../../model/after-step.ts";
import type { AgentRow } from "../../model/agent.ts";
import type { WholeStepRow } from "../../model/step.ts";

export interface RowPatch {
  /** The columns after the last stored step; undefined if the row has all of them. */
  readonly columns: StepColumns | undefined;
  /** Guidance that each of these steps used. */
  readonly used: readonly UsedGuidance[];
  /** Oldest first. */
  readonly added: readonly AddedGuidance[];
}

/**
 * Without `updated_at`, which is the time of the whole row: with a newer one, a status that was stored in
 * between would look older than the one that was read.
 */
type StepColumns = StepState &
  Pick<AgentRow, "generation" | "started_at"> &
  Partial<Pick<AgentRow, "last_error">>;

interface UsedGuidance {
  readonly iteration: number;
  readonly ids: readonly string[];
}

/** A row of a read, which may lack large columns. */
export type ReadRow = Pick<AgentRow, "agent_id" | "iteration"> & Partial<AgentRow>;

const nothing: RowPatch = { columns: undefined, used: [], added: [] };

/** The patch with one more step. @param row the agent's row after it */
export function addStep(patch: RowPatch = nothing, row: AgentRow, step: WholeStepRow): RowPatch {
  const { iteration, generation, started_at } = row;
  const error = step.error === null ? patch.columns?.last_error : row.last_error;
  const ids = step.guidance_used ?? [];
  return {
    ...patch,
    columns: {
      ...stepStateOf(row),
      generation,
      started_at,
      ...(error === undefined ? undefined : { last_error: error }),
    },
    used: ids.length === 0 ? patch.used : [...patch.used, { iteration, ids }],
  };
}

export function addGuidance(patch: RowPatch = nothing, added: AddedGuidance): RowPatch {
  return { ...patch, added: [...patch.added, added] };
}

/** The rest of the patch once this row is in the table. */
export function patchSince(patch: RowPatch | undefined, row: AgentRow): RowPatch | undefined {
  if (patch === undefined) return undefined;
  const added = missingIn(row, patch.added);
  const isBehind = patch.columns !== undefined && patch.columns.iteration > row.iteration;
  if (!isBehind) return added.length === 0 ? undefined : { ...nothing, added };
  return { ...patch, used: patch.used.filter((one) => one.iteration > row.iteration), added };
}

/** The row with the patch in the columns that it has; a row that is newer stays as it is. */
export function patched<Row extends ReadRow>(row: Row, patch: RowPatch | undefined): Row {
  if (patch === undefined) return row;
  const waiting = waitingAfter(row, patch);
  return {
    ...row,
    ...Object.fromEntries(changesOf(row, patch)),
    ...(waiting === undefined ? undefined : { pending_guidance: waiting }),
  };
}

function changesOf(row: ReadRow, { columns }: RowPatch): readonly (readonly [string, unknown])[] {
  if (columns === undefined || columns.iteration <= row.iteration) return [];
  return Object.entries(columns).filter(([name]) => name in row);
}

function waitingAfter(row: ReadRow, patch: RowPatch): AgentRow["pending_guidance"] | undefined {
  const { iteration, pending_guidance } = row;
  if (pending_guidance === undefined) return undefined;
  const added = missingIn({ iteration, pending_guidance }, patch.added);
  const used = new Set(patch.used.flatMap(({ ids }) => ids));
  const waiting = [...pending_guidance, ...added.map(({ guidance }) => guidance)];
  return waiting.filter(({ action_id }) => !used.has(action_id));
}
