/** The check of the journal that an ended process has left: without it no start succeeds. */

import type { Database } from "../fleet/open-database.ts";
import { type Check, failed } from "./check.ts";

/** Nothing if it can be read, if there is none, or if a process runs on the database. */
export async function* checkJournal({ left }: Database): AsyncGenerator<Check, boolean> {
  const fault = await left.findFault();
  if (fault === undefined) return true;
  const remedy =
    fault.code === "DATABASE_NEWER"
      ? "start the newer Troupe, or restore the folder as it was before the upgrade"
      : "restore the folder from a backup, or move journal.sqlite and journal.sqlite-wal away: what they have is lost then";
  yield failed("journal", fault, remedy);
  return false;
}
