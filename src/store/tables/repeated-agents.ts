/**
 * Rows of `agent_state` with the same agent: another program has copied them, or two processes have inserted
 * the agent at the same moment, one of which has lost the database since. The newest stays.
 */

import type { AgentRow } from "../../model/agent.ts";
import { chunks, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";

export type Age = Pick<AgentRow, "epoch" | "updated_at">;
type NamedAge = Age & Pick<AgentRow, "agent_id">;
type Copy = NamedAge & { readonly _rowid: bigint };

const has = predicatesOf("agent_state");

export function isNewer(one: Age, other: Age): boolean {
  return one.epoch === other.epoch ? one.updated_at > other.updated_at : one.epoch > other.epoch;
}

/** The newest row of each agent. */
export function newestById<Row extends NamedAge>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  const newest = new Map<string, Row>();
  for (const row of rows) {
    const other = newest.get(row.agent_id);
    if (other === undefined || isNewer(row, other)) newest.set(row.agent_id, row);
  }
  return newest;
}

/** The rows of which the table has no newer one. */
export async function withoutOutdated<Row extends NamedAge>(
  table: StoredTable<"agent_state">,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const copies = await table.readIn<NamedAge, string>(
    rows.map(({ agent_id }) => agent_id),
    (part) => has.isIn("agent_id", part),
    { columns: ["agent_id", "epoch", "updated_at"] },
  );
  const byId = Map.groupBy(copies, ({ agent_id }) => agent_id);
  return rows.filter((row) => {
    const same = byId.get(row.agent_id) ?? [];
    // A row without a copy may have been stored again since it was read.
    return same.length < 2 || !same.some((other) => isNewer(other, row));
  });
}

/** Only inside `table.writes`. Returns the rows that stay. */
export async function removeRepeated(
  table: StoredTable<"agent_state">,
  agentIds: readonly string[],
): Promise<readonly Copy[]> {
  const kept: Copy[] = [];
  for (const part of chunks(agentIds)) {
    const rows = await table.read<Copy>({
      where: has.isIn("agent_id", part),
      columns: ["agent_id", "epoch", "updated_at"],
      withRowId: true,
    });
    const newest = newestById(rows);
    kept.push(...newest.values());
    const older = rows.filter((row) => newest.get(row.agent_id) !== row);
    if (older.length === 0) continue;
    await table.deleteNow(rowIdIn(older.map(({ _rowid }) => _rowid)));
    const ids = older.map(({ agent_id }) => agent_id);
    table.log.warn(
      { rows: ids.length, ids: ids.slice(0, 10) },
      "agents had several rows in agent_state; the newest stays",
    );
  }
  return kept;
}
