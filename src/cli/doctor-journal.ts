/** The check of the journal that an ended process has left: without it no start succeeds. */

import type { Database } from "../fleet/open-database.ts";
import type { TroupeError } from "../model/errors.ts";
import { type Check, failed } from "./doctor-check.ts";

/** Nothing if it can be read, if there is none, or if a process runs on the database. */
export async function* checkJournal({ left }: Database): AsyncGenerator<Check, boolean> {
  const fault = await left.findFault();
  if (fault === undefined) return true;
  yield failed("journal", fault, remedyOf(fault));
  return false;
}

function remedyOf({ code }: TroupeError): string {
  switch (code) {
    case "DATABASE_NEWER":
      return "start the newer Troupe, or restore the folder as it was before the upgrade";
    case "JOURNAL_DAMAGED":
      return "keep a copy of it first";
    default:
      return "this user must be able to read and write it";
  }
}
