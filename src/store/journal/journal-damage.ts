/** What no later start finds better: a journal whose content is damaged, or that is not one. Pure. */

import { TroupeError } from "../../model/errors.ts";

/** SQLite's primary result codes `SQLITE_CORRUPT` and `SQLITE_NOTADB`. */
const DAMAGES: ReadonlySet<number> = new Set([11, 26]);

/** True for an error of SQLite about the file's content, and of JSON about a text in it. */
export function isDamage(error: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  const { errcode } = Object(error) as { readonly errcode?: unknown };
  return typeof errcode === "number" && DAMAGES.has(errcode % 256);
}

/** @param path of the file */
export function damagedJournal(path: string, why: string): TroupeError {
  const remedy =
    "restore the folder from a backup, or move journal.sqlite and journal.sqlite-wal away: the actions that only they have are lost then";
  const message = `the journal ${path} is damaged: ${why}; ${remedy}`;
  return new TroupeError("JOURNAL_DAMAGED", message, { details: { path } });
}
