/**
 * The context that an agent had after one of its steps. Rows of steps have it only if the step changed
 * it, so it is that of the newest change up to the step, or the agent's own if nothing changed it since.
 */

import type { AgentRow } from "../../model/agent.ts";
import type { StepContext } from "../../model/agent-view.ts";
import { unknownStep } from "../../model/fleet-errors.ts";
import { parseJson } from "../../model/parse-json.ts";
import { all, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { type StepKey, stepKeyColumns, withoutSuperseded } from "./superseded-steps.ts";

/** Keys in one read: almost always the first one counts. */
const KEYS_AT_ONCE = 16;
/** Tries to read a row, which a compaction may move meanwhile. */
const TRIES_MAX = 3;

type OwnRow = Pick<AgentRow, "agent_id" | "iteration" | "context">;

export interface ContextPlace {
  /** The agent's, as it is now. */
  readonly row: OwnRow;
  readonly iteration: number;
  /** Of the newest claim of the database. */
  readonly epoch: number;
}

const has = predicatesOf("agent_steps");

/**
 * @throws {TroupeError} `STEP_NOT_FOUND` if the step has not ended, or if retention has deleted what
 * its context was in; `STORE_UNAVAILABLE`.
 */
export async function readStepContext(
  table: StoredTable<"agent_steps">,
  place: ContextPlace,
): Promise<StepContext> {
  const { row, iteration } = place;
  const { agent_id } = row;
  const ofAgent = has.is("agent_id", agent_id);
  // The row may be older than the newest steps if it was read from the table.
  const isAhead = iteration > row.iteration;
  const isKnown = !isAhead || (await isStored(table, all(ofAgent, has.is("iteration", iteration))));
  if (!isKnown) throw unknownStep(agent_id, iteration, `its last step is ${row.iteration}`);
  const change = await readLastChange(table, place);
  if (change !== undefined) {
    const context = parseJson(change.context) ?? null;
    return { agent_id, iteration, from_iteration: change.iteration, context };
  }
  const since = all(ofAgent, has.isAbove("iteration", iteration), has.isNotNull("context"));
  if (await isStored(table, since)) {
    throw unknownStep(agent_id, iteration, "the steps up to it are no longer kept");
  }
  return { agent_id, iteration, from_iteration: null, context: parseJson(row.context) ?? null };
}

interface Change {
  readonly iteration: number;
  readonly context: string;
}

/** The newest change up to the step, if a step with one is kept. */
async function readLastChange(
  table: StoredTable<"agent_steps">,
  place: ContextPlace,
): Promise<Change | undefined> {
  for (let attempt = 1; ; attempt++) {
    const key = await findLastChange(table, place);
    if (key === undefined) return undefined;
    const [found] = await table.read<{ context: string | null }>({
      where: all(has.is("step_id", key.step_id)),
      columns: ["context"],
      limit: 1,
    });
    const context = found?.context ?? null;
    if (context !== null) return { iteration: key.iteration, context };
    if (attempt === TRIES_MAX) return undefined;
  }
}

async function findLastChange(
  table: StoredTable<"agent_steps">,
  { row, iteration, epoch }: ContextPlace,
): Promise<StepKey | undefined> {
  let isUpTo = has.isAtMost("iteration", iteration);
  for (;;) {
    const keys = await table.read<StepKey>({
      where: all(has.is("agent_id", row.agent_id), isUpTo, has.isNotNull("context")),
      order: [{ column: "iteration", direction: "down" }],
      columns: stepKeyColumns,
      limit: KEYS_AT_ONCE,
      withRowId: true,
    });
    const [first] = await withoutSuperseded(table, keys, epoch);
    const last = keys.at(-1);
    if (first !== undefined || last === undefined) return first;
    isUpTo = has.isBelow("iteration", last.iteration);
  }
}

async function isStored(table: StoredTable<"agent_steps">, where: Predicate): Promise<boolean> {
  return (await table.read({ where, columns: ["step_id"], limit: 1 })).length > 0;
}
