/** Finds out which database is at a place, without making or changing anything there. */

import { isFolder } from "../../files/make-folder.ts";
import { localFolder } from "../ownership/location.ts";
import { openConnection } from "./connection.ts";
import { databaseId } from "./database-marks.ts";
import { LAYOUT_COLUMN } from "./layout.ts";
import { isMissing } from "./make-table.ts";

/**
 * The id of the database; undefined if there is none at this place.
 * @throws {TroupeError} `DATABASE_UNUSABLE`, or LanceDB's own error, if that cannot be known.
 */
export async function findDatabaseId(
  location: string,
  storage: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const folder = localFolder(location);
  // A connection would make the folder.
  if (folder !== undefined && !isFolder(folder)) return undefined;
  const connection = await openConnection(location, storage);
  try {
    const table = await connection.openTable(LAYOUT_COLUMN.table).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    return table && (await databaseId(table, false));
  } finally {
    connection.close();
  }
}
