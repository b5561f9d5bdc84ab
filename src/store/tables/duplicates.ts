/**
 * Rejects pending rows of the queue that share their id with another one. Only their addresses
 * distinguish them, and those change with the row's next update or a compaction.
 */

import type { ErrorData } from "../../model/error-data.ts";
import { encodeRow } from "../lance/codec.ts";
import { all, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { isPendingIn } from "./pending-rows.ts";
import { chunks } from "./update-pending.ts";

const has = predicatesOf("queue");

/** Marks the rows at these addresses, and returns how many; see QueueTable.rejectDuplicates. */
export function rejectDuplicates(
  table: StoredTable<"queue">,
  rowIds: readonly bigint[],
  how: { readonly error: ErrorData; readonly processed_at: number },
): Promise<number> {
  if (rowIds.length === 0) return Promise.resolve(0);
  const cells = encodeRow("queue", { processed: true, outcome: "rejected", ...how });
  const values = (["processed", "outcome", "error", "processed_at"] as const).map((name) =>
    has.assign(name, cells[name] ?? null),
  );
  return table.writes.run(async () => {
    let rejected = 0;
    for (const part of chunks(rowIds)) {
      const duplicates = await confirm(table, part);
      if (duplicates.length === 0) continue;
      rejected += await table.updateNow(duplicates, isPendingIn(table), values);
    }
    return rejected;
  });
}

/** Those of the addresses that still are pending rows with a shared id. */
async function confirm(
  table: StoredTable<"queue">,
  rowIds: readonly bigint[],
): Promise<readonly bigint[]> {
  const rows = await table.read<{ id: string; _rowid: bigint }>({
    where: all(rowIdIn(rowIds), isPendingIn(table)),
    columns: ["id"],
    withRowId: true,
  });
  const ids = [...new Set(rows.map(({ id }) => id))];
  const counts = new Map<string, number>();
  const sharing = { where: has.isIn("id", ids), columns: ["id"] as const };
  for (const { id } of await table.read<{ id: string }>(sharing)) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return rows.filter(({ id }) => (counts.get(id) ?? 0) > 1).map(({ _rowid }) => _rowid);
}
