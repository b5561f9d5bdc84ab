/** The journal's file as it is on the disk. */

import type { ActionRow } from "../../model/action.ts";
import type { Ack } from "../tables/queue-table.ts";
import type { StoredEntry } from "./journal-protocol.ts";

/** The file's name in its folder. */
export const JOURNAL_FILE = "journal.sqlite";
/** The layout of the file. */
export const JOURNAL_LAYOUT = 1;

/** The action, with its end if it has ended. */
export function rowOf({ row: text, end }: Pick<StoredEntry, "row" | "end">): ActionRow {
  const row = JSON.parse(text) as ActionRow;
  return end === null ? row : withEnd(row, JSON.parse(end) as Ack);
}

export function withEnd(row: ActionRow, ack: Ack): ActionRow {
  const { outcome, error, attempts, processed_at } = ack;
  return { ...row, processed: true, outcome, error, attempts, processed_at };
}
