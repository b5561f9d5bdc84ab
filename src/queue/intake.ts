/** Intake: sorts what a poll has read into rows to take, rows known already, and duplicates. Pure. */

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
 * Of rows that share an id the oldest is the action and the others are duplicates, whichever was
 * read first; so the answer does not change from poll to poll.
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
