/**
 * Entries of this journal whose action another process has ended: it took the database over while this
 * journal was in a folder that it could not read, found the action in the table, and stored its effect
 * before its end. To repeat the effect would apply it twice.
 */

import type { ActionRow } from "../../model/action.ts";
import type { ActionJournal } from "./action-journal.ts";

type FindAll = (ids: readonly string[]) => Promise<ReadonlyMap<string, ActionRow>>;

/** Must be called before the dispatcher reads the entries. @throws {TroupeError} `STORE_UNAVAILABLE`. */
export async function closeEndedElsewhere(journal: ActionJournal, findAll: FindAll): Promise<void> {
  const open = journal.ended.filter(({ isEffectOpen }) => isEffectOpen);
  if (open.length === 0) return;
  const found = await findAll(open.map(({ row }) => row.id));
  for (const entry of open) {
    const there = found.get(entry.row.id);
    if (there !== undefined && isEndOfAnother(there, entry.row)) entry.isEffectOpen = false;
  }
}

/** An end that this journal's process has written is the same as the one in the entry. */
function isEndOfAnother(there: ActionRow, here: ActionRow): boolean {
  const isSame = there.created_at === here.created_at;
  return isSame && there.processed && there.processed_at !== here.processed_at;
}
