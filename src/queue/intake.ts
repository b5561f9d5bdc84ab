/** Intake: sorts the rows of a poll into rows to take, duplicates, and rows to reject. Pure. */

import type { PendingKey } from "../store/tables/pending-rows.ts";

export interface Intake {
  /** Rows to take now, in the order read. */
  readonly fresh: readonly PendingKey[];
  /** Rows whose id another unprocessed row had first. */
  readonly duplicates: readonly PendingKey[];
  /** Rows that can only be rejected. */
  readonly unfit: readonly PendingKey[];
}

/**
 * The oldest of the rows that share an id is the action and the others are duplicates, in whatever order
 * they were read, so the result is the same for every poll. Rows that are known are left out.
 */
export function sortIntake(rows: readonly PendingKey[], isKnown: (id: string) => boolean): Intake {
  const firsts = new Map<string, PendingKey>();
  const duplicates: PendingKey[] = [];
  for (const row of rows) {
    if (row.fault !== undefined) continue;
    const other = firsts.get(row.id);
    if (other === undefined) firsts.set(row.id, row);
    else if (isOlder(row, other)) {
      firsts.set(row.id, row);
      duplicates.push(other);
    } else duplicates.push(row);
  }
  const fresh = [...firsts.values()].filter((row) => !isKnown(row.id));
  return { fresh, duplicates, unfit: rows.filter(({ fault }) => fault !== undefined) };
}

function isOlder(a: PendingKey, b: PendingKey): boolean {
  return a.created_at === b.created_at ? a.rowId < b.rowId : a.created_at < b.created_at;
}
