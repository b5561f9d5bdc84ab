/**
 * Whose a journal is: actions of one database must never go into another. In the database's own folder it
 * is moved, and copied, with the database. Elsewhere, in `TROUPE_LOCAL`, it notes the database's place and id.
 * A folder can be both: the default one for s3://bucket/troupe is ./data/troupe, a database's default, too.
 *
 * The place alone would refuse a database that was moved, and give the actions of the old database to a new one
 * at the same place. The id alone would give a copy of the database, which has the same id, the actions that
 * the original has answered. So a database with this id at another place is the same one only if the noted
 * place no longer has one with this id. Journals of an older Troupe have no id: then the place decides.
 */

import { messageOf, TroupeError } from "../../model/errors.ts";
import { isSamePlace } from "../ownership/location.ts";

/** The database that opens a journal. */
export interface JournalDatabase {
  /** The journal's. */
  readonly folder: string;
  /** Undefined if the journal is in the database's own folder. */
  readonly place: string | undefined;
  /** See lance/database-marks.ts; empty if it has none yet. */
  readonly id: string;
  /** The id of the database at a place; undefined if there is none. Rejects if it cannot be read. */
  readonly findIdAt: (place: string) => Promise<string | undefined>;
}

/** The database that a journal notes; an older Troupe noted no id, and no place in the database's own folder. */
export interface NotedDatabase {
  readonly place: string | null;
  readonly databaseId: string | null;
}

/** Undefined if the journal is the database's own. `text` names both databases. */
export async function findOtherOwner(
  noted: NotedDatabase,
  database: JournalDatabase,
): Promise<{ readonly text: string; readonly remedy: string } | undefined> {
  const { folder, place, id } = database;
  if (place === undefined && noted.place === null) return undefined;
  const isKnown = noted.databaseId !== null && id !== "";
  const old = noted.place ?? folder;
  const [start, local] = ["start that database", "set another TROUPE_LOCAL"];
  if (isKnown && noted.databaseId !== id) {
    const own = `${id} at ${place ?? folder}`;
    const text = `of the database ${noted.databaseId}, last at ${old}, and not of ${own}`;
    return { text, remedy: `${start}, wherever it is now, with this TROUPE_LOCAL, or ${local}` };
  }
  if (place === undefined || isSamePlace(old, place)) return undefined;
  if (!isKnown) {
    return noted.place === null
      ? undefined
      : { text: `of ${old}`, remedy: `${start}, or ${local}` };
  }
  // Moved, unless the original is still there.
  if ((await idAt(old, database)) !== id) return undefined;
  const text = `of ${old}, of which ${place} is a copy: both are the database ${id}`;
  return { text, remedy: `${start}, or ${local} for the copy` };
}

/** @throws {TroupeError} `DATABASE_UNUSABLE`: it may be the original, and then the journal is not ours. */
async function idAt(
  noted: string,
  { place, findIdAt }: JournalDatabase,
): Promise<string | undefined> {
  try {
    return await findIdAt(noted);
  } catch (cause) {
    const why = messageOf(cause);
    const text = `the journal of ${place} was last used with ${noted}, which cannot be read: ${why}`;
    const remedy = `${place} may be a copy of it: make it readable, or set another TROUPE_LOCAL`;
    throw new TroupeError("DATABASE_UNUSABLE", `${text}; ${remedy}`, { cause });
  }
}

/** @param content what the journal has, such as `3 actions` */
export function foreignJournal(
  folder: string,
  content: string,
  { text, remedy }: { readonly text: string; readonly remedy: string },
): TroupeError {
  return new TroupeError(
    "JOURNAL_MISMATCH",
    `the journal in ${folder} has ${content} ${text}; ${remedy}`,
    { details: { folder } },
  );
}
