/**
 * Finds the newest of an agent's steps that changed its context. Most agents change it with almost every
 * step, others never in a million steps, so reads start small and grow. A filter for steps with a context
 * would read all contexts of the table.
 */

import type { AgentId } from "../../model/ids.ts";
import { all, chunks, type Predicate, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import { rereadIfMoved } from "../lance/reread.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { type StepTurn, withoutSuperseded } from "./superseded-steps.ts";

export interface ChangeSearch {
  readonly agentId: AgentId;
  /** Which of the agent's steps. */
  readonly where: Predicate;
  /** Of the newest claim of the database. */
  readonly epoch: number;
  /** Ends the search. */
  readonly signal?: AbortSignal | undefined;
}

/** Steps in the first read, in the largest one, and how fast they grow. */
const STEPS_AT_FIRST = 4;
const STEPS_AT_ONCE = 65_536;
const GROWTH = 8;
/** Rows with their contexts in memory at the same time: a context has up to 1 MiB. */
const BATCH_ROWS = 64;

const has = predicatesOf("agent_steps");

const expressions = new Map([
  ["step_id", "step_id"],
  ["is_change", "context IS NOT NULL"],
]);

interface Key extends StepTurn {
  readonly _rowid: bigint;
}

/**
 * The id of the newest of these steps that changed the context; undefined if none did.
 * @throws {TroupeError} `STORE_UNAVAILABLE`; the signal's reason once it is aborted.
 */
export async function findChange(
  table: StoredTable<"agent_steps">,
  search: ChangeSearch,
): Promise<string | undefined> {
  let isOlder: Predicate | undefined;
  for (let limit = STEPS_AT_FIRST; ; limit = Math.min(limit * GROWTH, STEPS_AT_ONCE)) {
    const part = { isOlder, limit };
    const { keys, stepId } = await rereadIfMoved(async () => {
      const keys = await readKeys(table, search, part);
      const counted = await withoutSuperseded(table, keys, search.epoch);
      return { keys, ...(await findAmong(table, counted, search.signal)) };
    });
    const last = keys.at(-1);
    if (stepId !== undefined || last === undefined || keys.length < limit) return stepId;
    isOlder = has.isBelow("iteration", last.iteration);
  }
}

interface Part {
  readonly isOlder: Predicate | undefined;
  readonly limit: number;
}

/** Newest first. Without ids, which would be most of the bytes. */
async function readKeys(
  table: StoredTable<"agent_steps">,
  { agentId, where, signal }: ChangeSearch,
  { isOlder, limit }: Part,
): Promise<readonly Key[]> {
  signal?.throwIfAborted();
  const keys = await table.read<Omit<Key, "agent_id">>({
    where: all(has.is("agent_id", agentId), where, isOlder),
    // Of equal iterations only that of the latest epoch counts.
    order: [
      { column: "iteration", direction: "down" },
      { column: "epoch", direction: "down" },
    ],
    columns: ["iteration", "epoch"],
    limit,
    withRowId: true,
  });
  return keys.map((key) => ({ ...key, agent_id: agentId }));
}

interface Found {
  readonly stepId?: string | undefined;
  /** True if a row is no longer at its address. */
  readonly hasMoved: boolean;
}

/** @param keys newest first */
async function findAmong(
  table: StoredTable<"agent_steps">,
  keys: readonly Key[],
  signal: AbortSignal | undefined,
): Promise<Found> {
  let hasMoved = false;
  for (const part of chunks(keys)) {
    signal?.throwIfAborted();
    const where = rowIdIn(part.map(({ _rowid }) => _rowid));
    const rows = await table.readRaw(expressions, where, BATCH_ROWS);
    hasMoved ||= rows.numRows < part.length;
    const changes = new Map<unknown, string>();
    for (let n = 0; n < rows.numRows; n++) {
      if (rows.getChild("is_change")?.get(n) !== true) continue;
      changes.set(rows.getChild("_rowid")?.get(n), String(rows.getChild("step_id")?.get(n)));
    }
    const newest = part.find(({ _rowid }) => changes.has(_rowid));
    if (newest !== undefined) return { stepId: changes.get(newest._rowid), hasMoved };
  }
  return { hasMoved };
}
