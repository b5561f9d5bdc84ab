/**
 * The check of the journal before the database is claimed: a start that a damaged or newer journal refuses must
 * not have become the owner. It reads the layout, counts the entries, and looks for actions that SQLite no longer
 * finds; the texts are read by the opening, which also reports whatever may pass. Must be called by the process
 * that has the lock of the folder.
 */

import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../model/errors.ts";
import { requireWritable, unusableFile } from "../unusable-file.ts";
import { damagedJournal, isDamage, isLogAlone, logAlone, logBroken } from "./journal-damage.ts";
import { loggedCommitsAreLost } from "./lost-commits.ts";
import { JOURNAL_FILE, JOURNAL_LAYOUT, newerJournal, readLayout } from "./stored-entry.ts";

/** @throws {TroupeError} `JOURNAL_DAMAGED`, `DATABASE_NEWER`; `DATABASE_UNUSABLE` if it cannot be written. */
export function checkJournalFile(folder: string): void {
  const path = join(folder, JOURNAL_FILE);
  const [found, log] = [path, `${path}-wal`].map((each) =>
    statSync(each, { throwIfNoEntry: false }),
  );
  if (isLogAlone(found?.size ?? 0, log?.isFile() ? log.size : 0)) throw logAlone(path);
  if (existsSync(folder)) refuseUnlessWritable(folder, path);
  if (found === undefined) return;
  if (!found.isFile()) throw damagedJournal(path, "it is not a file");
  const read = readWhole(path);
  if (read?.hasLost === true) throw logBroken(path);
  if (read !== undefined && read.layout > JOURNAL_LAYOUT) throw newerJournal(path, read.layout);
}

/** SQLite makes its log next to the file, and removes it at the end. */
function refuseUnlessWritable(folder: string, path: string): void {
  try {
    for (const name of ["", "-wal"]) requireWritable(`${path}${name}`);
    requireWritable(folder);
  } catch (cause) {
    throw unusableFile(`the journal ${path} cannot be written`, path, cause);
  }
}

/** The layout, and whether the log has lost actions; undefined if the file cannot be read now. */
function readWhole(path: string): { layout: number; hasLost: boolean } | undefined {
  const shared = `${path}-shm`;
  const isShared = existsSync(shared);
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    const layout = readLayout(file);
    // A layout of 0 has no tables yet, and those of a newer one are not known.
    if (layout > 0 && layout <= JOURNAL_LAYOUT) file.exec("SELECT count(*) FROM entries");
    return { layout, hasLost: loggedCommitsAreLost(file, path) };
  } catch (error) {
    if (isDamage(error)) throw damagedJournal(path, messageOf(error));
    return undefined;
  } finally {
    file?.close();
    // A reader makes it; the journal itself needs none.
    if (!isShared) rmSync(shared, { force: true });
  }
}
