/**
 * The context that an agent had after one of its steps. Rows of steps have it only if the step changed
 * it, so it is that of the newest change up to the step, or the agent's own if nothing changed it since.
 */

import type { AgentRow } from "../../model/agent.ts";
import type { StepContext } from "../../model/agent-view.ts";
import { unknownStep } from "../../model/fleet-errors.ts";
import { parseJson } from "../../model/parse-json.ts";
import { all, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { findChange } from "./context-change.ts";

type OwnRow = Pick<AgentRow, "agent_id" | "iteration" | "context">;

export interface ContextPlace {
  /** The agent's, as it is now. */
  readonly row: OwnRow;
  readonly iteration: number;
  /** Of the newest claim of the database. */
  readonly epoch: number;
  /** Ends the read, for example if nobody waits for it any longer. */
  readonly signal?: AbortSignal | undefined;
}

const has = predicatesOf("agent_steps");

/**
 * @throws {TroupeError} `STEP_NOT_FOUND` if the step has not ended, or if retention has deleted it or
 * what its context was in; `STORE_UNAVAILABLE`. The signal's reason once it is aborted.
 */
export async function readStepContext(
  table: StoredTable<"agent_steps">,
  place: ContextPlace,
): Promise<StepContext> {
  const { row, iteration } = place;
  const { agent_id } = row;
  if (iteration !== row.iteration) await checkStored(table, place);
  const change = await readLastChange(table, place);
  if (change !== undefined) {
    const context = parseJson(change.context) ?? null;
    return { agent_id, iteration, from_iteration: change.iteration, context };
  }
  if (await hasChangedSince(table, place)) {
    throw unknownStep(agent_id, iteration, "the steps up to it are no longer kept");
  }
  return { agent_id, iteration, from_iteration: null, context: parseJson(row.context) ?? null };
}

/** Retention deletes the oldest steps first, so if one is kept, so are all later ones. */
async function checkStored(
  table: StoredTable<"agent_steps">,
  { row, iteration }: ContextPlace,
): Promise<void> {
  const where = all(has.is("agent_id", row.agent_id), has.is("iteration", iteration));
  if (await table.hasRow(where)) return;
  // The row may be older than the newest steps if it was read from the table.
  const isAhead = iteration > row.iteration;
  const why = isAhead ? `its last step is ${row.iteration}` : "the step is no longer kept";
  throw unknownStep(row.agent_id, iteration, why);
}

interface Change {
  readonly iteration: number;
  readonly context: string;
}

/** The newest change up to the step, if a step with one is kept. */
async function readLastChange(
  table: StoredTable<"agent_steps">,
  { row, iteration, epoch, signal }: ContextPlace,
): Promise<Change | undefined> {
  const where = has.isAtMost("iteration", iteration);
  const stepId = await findChange(table, { agentId: row.agent_id, where, epoch, signal });
  if (stepId === undefined) return undefined;
  const isStep = has.is("step_id", stepId);
  const columns = ["iteration", "context"] as const;
  const rows = await table.read<Change>({ where: isStep, columns, limit: 1 });
  return rows[0];
}

/** True if the agent's own context is a later one than that after the step. */
async function hasChangedSince(
  table: StoredTable<"agent_steps">,
  { row, iteration, epoch, signal }: ContextPlace,
): Promise<boolean> {
  if (iteration >= row.iteration) return false;
  const where = has.isAbove("iteration", iteration);
  return (await findChange(table, { agentId: row.agent_id, where, epoch, signal })) !== undefined;
}
