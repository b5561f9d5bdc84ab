/** Faults that every later start would meet again: the journal is damaged, or the file is not a journal. Pure. */

import { TroupeError } from "../../model/errors.ts";

/** SQLite's primary result codes `SQLITE_CORRUPT` and `SQLITE_NOTADB`. */
const DAMAGES: ReadonlySet<number> = new Set([11, 26]);

/** True for an error of SQLite about the file's content, and of JSON about a text in it. */
export function isDamage(error: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  const { errcode } = Object(error) as { readonly errcode?: unknown };
  return typeof errcode === "number" && DAMAGES.has(errcode % 256);
}

/** Bytes of the log's own header, before its first transaction. */
const LOG_HEADER_BYTES = 32;

/**
 * True if the log has transactions whose file is missing or empty, which no journal ever leaves. SQLite would
 * take it for a new one and remove the log.
 */
export function isLogAlone(fileBytes: number, logBytes: number): boolean {
  return fileBytes === 0 && logBytes > LOG_HEADER_BYTES;
}

/** @param path of the file, which {@link isLogAlone} */
export function logAlone(path: string): TroupeError {
  return damagedJournal(path, "it is missing or empty, and its log journal.sqlite-wal is not");
}

/** @param path of the file, whose log has lost-commits.ts's damage */
export function logBroken(path: string): TroupeError {
  return damagedJournal(path, "its log journal.sqlite-wal has actions behind a damaged place");
}

/** @param path of the file */
export function damagedJournal(path: string, why: string): TroupeError {
  const remedy =
    "restore the folder from a backup, or move journal.sqlite and journal.sqlite-wal away: the actions that only they have are lost then";
  const message = `the journal ${path} is damaged: ${why}; ${remedy}`;
  return new TroupeError("JOURNAL_DAMAGED", message, { details: { path } });
}
