/**
 * Rejects pending rows that cannot become actions, by their address: those without an id, and those that
 * are too large to be read whole.
 */

import type { ActionRow } from "../../model/action.ts";
import type { ErrorData } from "../../model/error-data.ts";
import { encodeRow } from "../lance/codec.ts";
import { all, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { isPendingIn, type PendingKey } from "./pending-rows.ts";
import { chunks } from "./update-pending.ts";

const has = predicatesOf("queue");

/** How a row is rejected. */
export interface Rejection {
  readonly error: ErrorData;
  readonly processed_at: number;
}

/** Marks the rows in place; returns how many were still there. */
export function rejectInPlace(
  table: StoredTable<"queue">,
  rowIds: readonly bigint[],
  how: Rejection,
): Promise<number> {
  const cells = encodeRow("queue", { processed: true, outcome: "rejected", ...how });
  const values = (["processed", "outcome", "error", "processed_at"] as const).map((name) =>
    has.assign(name, cells[name] ?? null),
  );
  return table.writes.run(async () => {
    let rejected = 0;
    for (const part of chunks(rowIds)) {
      rejected += await table.updateNow(part, isPendingIn(table), values);
    }
    return rejected;
  });
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
