/**
 * Rejects pending rows of the queue by their addresses: duplicates, rows without an id, and rows that are
 * too large to be read whole.
 */

import type { ActionRow } from "../../model/action.ts";
import type { ErrorData } from "../../model/error-data.ts";
import { encodeRow } from "../lance/codec.ts";
import { all, chunks, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { isPendingIn, type PendingKey } from "./pending-rows.ts";

const has = predicatesOf("queue");

/** How a row is rejected. */
export interface Rejection {
  readonly error: ErrorData;
  readonly processed_at: number;
}

/** Marks the rows that still share their id with another one; see QueueTable.rejectDuplicates. */
export function rejectDuplicates(
  table: StoredTable<"queue">,
  rowIds: readonly bigint[],
  how: Rejection,
): Promise<number> {
  return reject(table, rowIds, how, (part) => findShared(table, part));
}

/** Marks the rows in place; returns how many were still there. */
export function rejectInPlace(
  table: StoredTable<"queue">,
  rowIds: readonly bigint[],
  how: Rejection,
): Promise<number> {
  return reject(table, rowIds, how, async (part) => part);
}

/**
 * Replaces each large row by a short one, because an update would read and write it whole. After a crash
 * between the two steps the large row still waits, and is rejected again.
 */
export function rejectShortened(
  table: StoredTable<"queue">,
  rows: readonly (ActionRow & PendingKey)[],
  how: Rejection,
): Promise<number> {
  const byAddress = new Map(rows.map((row) => [row.rowId, row]));
  return table.writes.run(async () => {
    let rejected = 0;
    for (const part of chunks([...byAddress.keys()])) {
      const where = all(rowIdIn(part), isPendingIn(table));
      const present = await table.read<{ _rowid: bigint }>({
        where,
        columns: ["processed"],
        withRowId: true,
      });
      const short = present.flatMap(({ _rowid }) => byAddress.get(_rowid) ?? []);
      const end = { processed: true, outcome: "rejected", ...how };
      await table.appendNow(short.map((row) => encodeRow("queue", { ...row, ...end })));
      rejected += await table.deleteNow(where);
    }
    return rejected;
  });
}

async function reject(
  table: StoredTable<"queue">,
  rowIds: readonly bigint[],
  how: Rejection,
  select: (part: readonly bigint[]) => Promise<readonly bigint[]>,
): Promise<number> {
  if (rowIds.length === 0) return 0;
  const cells = encodeRow("queue", { processed: true, outcome: "rejected", ...how });
  const values = (["processed", "outcome", "error", "processed_at"] as const).map((name) =>
    has.assign(name, cells[name] ?? null),
  );
  return await table.writes.run(async () => {
    let rejected = 0;
    for (const part of chunks(rowIds)) {
      const selected = await select(part);
      if (selected.length === 0) continue;
      rejected += await table.updateNow(selected, isPendingIn(table), values);
    }
    return rejected;
  });
}

/** The addresses of rows that are still pending and still share their id. */
async function findShared(
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
