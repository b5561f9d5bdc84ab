/** Actions that wait in the queue for an agent. */

import { laneOf } from "../../model/action.ts";
import { startingActions } from "../../model/actions/action-registry.ts";
import { BatchedLookup } from "../lance/batched-lookup.ts";
import { all, any, LIST_VALUES_MAX, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { isPendingIn } from "./pending-rows.ts";

/** Identifies an action, with its age. */
export interface WaitingKey {
  readonly id: string;
  readonly created_at: number;
}

export interface WaitingActions {
  readonly keys: readonly WaitingKey[];
  /** True if there may be more. */
  readonly isCut: boolean;
}

/** Most rows of one lookup, and most of those whose payload must be parsed. */
const ROWS_MAX = 10_000;
const ROWS_WITHOUT_AGENT_MAX = 200;

const has = predicatesOf("queue");

export class WaitingLookup {
  readonly #lookup: BatchedLookup<WaitingActions>;

  constructor(table: StoredTable<"queue">) {
    const find = (agentIds: readonly string[]) => findWaiting(table, agentIds, Date.now());
    this.#lookup = new BatchedLookup(find, LIST_VALUES_MAX);
  }

  /** The agent's creates, and its actions that are not due yet. */
  async find(agentId: string): Promise<WaitingActions> {
    return (await this.#lookup.find(agentId)) ?? { keys: [], isCut: false };
  }
}

/** By agent: creates, and actions that are not due yet. Agents without any are left out. */
async function findWaiting(
  table: StoredTable<"queue">,
  agentIds: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, WaitingActions>> {
  const waits = all(
    isPendingIn(table),
    any(has.isIn("action", startingActions), has.isAbove("not_before", now)),
  );
  const [named, unnamed] = await Promise.all([
    table.read<WaitingKey & { agent_id: string }>({
      where: all(waits, has.isIn("agent_id", agentIds)),
      columns: ["id", "created_at", "agent_id"],
      limit: ROWS_MAX,
    }),
    findUnnamed(table, waits, agentIds),
  ]);
  const isCut = named.length === ROWS_MAX || unnamed.length === ROWS_WITHOUT_AGENT_MAX;
  const rows = [...named, ...unnamed];
  const found = new Map<string, WaitingActions>();
  for (const agentId of agentIds) {
    const keys = rows.filter(({ agent_id }) => agent_id === agentId);
    if (keys.length > 0) found.set(agentId, { keys, isCut });
  }
  return found;
}

/** A foreign writer may name the agent only in the payload. */
async function findUnnamed(
  table: StoredTable<"queue">,
  waits: Predicate,
  agentIds: readonly string[],
): Promise<readonly (WaitingKey & { readonly agent_id: string })[]> {
  const names = any(...agentIds.map((agentId) => has.contains("payload", agentId)));
  const rows = await table.read<Parameters<typeof laneOf>[0]>({
    where: all(waits, has.isNull("agent_id"), names),
    limit: ROWS_WITHOUT_AGENT_MAX,
  });
  return rows.map((row) => ({ id: row.id, created_at: row.created_at, agent_id: laneOf(row) }));
}
