/**
 * The context that an agent had after one of its steps. Rows of steps have it only if the step changed
 * it, so it is that of the newest change up to the step, or the agent's own if nothing changed it since.
 */

import type { AgentRow } from "../../model/agent.ts";
import type { StepContext } from "../../model/agent-view.ts";
import { unknownStep } from "../../model/fleet-errors.ts";
import { parseJson } from "../../model/parse-json.ts";
import { all, type Predicate, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { type StepKey, stepKeyColumns, withoutSuperseded } from "./superseded-steps.ts";

/**
 * Steps in one read, and in those after it: most agents change their context with almost every step. A
 * filter for steps with a context would read all contexts of the table.
 */
const STEPS_AT_FIRST = 4;
const STEPS_AT_ONCE = 256;
/** Tries to read rows, which a compaction may move meanwhile. */
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
  const since = all(ofAgent, has.isAbove("iteration", iteration));
  if ((await findChange(table, since, place.epoch)) !== undefined) {
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
  { row, iteration, epoch }: ContextPlace,
): Promise<Change | undefined> {
  const upTo = all(has.is("agent_id", row.agent_id), has.isAtMost("iteration", iteration));
  const key = await findChange(table, upTo, epoch);
  if (key === undefined) return undefined;
  const where = all(has.is("step_id", key.step_id));
  const rows = await table.read<Change>({ where, columns: ["iteration", "context"], limit: 1 });
  return rows[0];
}

/** The newest of these steps that changed the context. */
async function findChange(
  table: StoredTable<"agent_steps">,
  where: Predicate,
  epoch: number,
): Promise<StepKey | undefined> {
  let limit = STEPS_AT_FIRST;
  let isOlder: Predicate | undefined;
  for (;;) {
    const keys = await table.read<StepKey>({
      where: all(where, isOlder),
      // Of equal iterations only that of the latest epoch counts.
      order: [
        { column: "iteration", direction: "down" },
        { column: "epoch", direction: "down" },
      ],
      columns: stepKeyColumns,
      limit,
      withRowId: true,
    });
    const counted = await withoutSuperseded(table, keys, epoch);
    const changes = await readChanges(table, counted);
    const found = counted.find(({ step_id }) => changes.has(step_id));
    const last = keys.at(-1);
    if (found !== undefined || last === undefined || keys.length < limit) return found;
    isOlder = has.isBelow("iteration", last.iteration);
    limit = STEPS_AT_ONCE;
  }
}

/** The ids of those that have a context. */
async function readChanges(
  table: StoredTable<"agent_steps">,
  keys: readonly StepKey[],
): Promise<ReadonlySet<string>> {
  const where = rowIdIn(keys.map(({ _rowid }) => _rowid));
  for (let attempt = 1; ; attempt++) {
    const rows =
      keys.length === 0
        ? []
        : await table.read<{ step_id: string; context: string | null }>({
            where,
            columns: ["step_id", "context"],
            cut: { context: 0 },
          });
    if (rows.length < keys.length && attempt < TRIES_MAX) continue;
    return new Set(rows.filter(({ context }) => context !== null).map(({ step_id }) => step_id));
  }
}

async function isStored(table: StoredTable<"agent_steps">, where: Predicate): Promise<boolean> {
  return (await table.read({ where, columns: ["step_id"], limit: 1 })).length > 0;
}
