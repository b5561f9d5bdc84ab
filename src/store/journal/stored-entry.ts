/** The journal's file as it is on the disk. */

import type { DatabaseSync } from "node:sqlite";
import type { ActionRow } from "../../model/action.ts";
import { TroupeError } from "../../model/errors.ts";
import type { Ack } from "../tables/queue-table.ts";
import type { NotedDatabase } from "./journal-owner.ts";
import type { StoredEntry } from "./journal-protocol.ts";

/** The end of an action as the file has it. */
export interface StoredEnd extends Ack {
  /**
   * Grows with each end. Their times cannot give their order: ends of one batch share a time, and a clock
   * may be set back. Absent in a file of an older Troupe.
   */
  readonly nth?: number;
}

/** The file's name in its folder. */
export const JOURNAL_FILE = "journal.sqlite";
/** The layout of the file. */
export const JOURNAL_LAYOUT = 2;
/** The first layout with effects. */
export const EFFECTS_LAYOUT = 2;

export function readLayout(file: DatabaseSync): number {
  return Number(file.prepare("PRAGMA user_version").get()?.["user_version"]);
}

/** @param path of the file */
export function newerJournal(path: string, layout: number): TroupeError {
  return new TroupeError(
    "DATABASE_NEWER",
    `the journal ${path} has layout ${layout}, and this Troupe knows layouts up to ${JOURNAL_LAYOUT}; a newer Troupe has written it`,
    { details: { path, layout, known: JOURNAL_LAYOUT } },
  );
}

/** @param path of the file */
export function unopenedJournal(path: string, why: string): TroupeError {
  return new TroupeError("DATABASE_UNUSABLE", `the journal ${path} cannot be opened: ${why}`, {
    details: { path },
  });
}

/** The database whose journal it is. */
export function readOwner(file: DatabaseSync): NotedDatabase {
  const read = file.prepare("SELECT value FROM meta WHERE name = ?");
  const find = (name: string) => (read.get(name)?.["value"] ?? null) as string | null;
  const place = find("place");
  // An older Troupe changes the place alone: then the id is that of another database.
  return { place, databaseId: find("database_place") === place ? find("database") : null };
}

/** The action, with its end if it has ended. */
export function rowOf({ row: text, end }: Pick<StoredEntry, "row" | "end">): ActionRow {
  const row = JSON.parse(text) as ActionRow;
  return end === null ? row : withEnd(row, JSON.parse(end) as Ack);
}

export function withEnd(row: ActionRow, ack: Ack): ActionRow {
  const { outcome, error, attempts, processed_at } = ack;
  return { ...row, processed: true, outcome, error, attempts, processed_at };
}
