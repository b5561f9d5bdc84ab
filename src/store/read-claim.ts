/** Reads the claim of a database, and nothing else of it. */

import type { SupervisorRow } from "../model/rows/supervisors-row.ts";
import { openConnection, openIfThere } from "./lance/connection.ts";
import { silentLog } from "./store-log.ts";
import { SupervisorTable } from "./tables/supervisor-table.ts";

/** @throws {TroupeError} `DATABASE_UNUSABLE`, `STORE_UNAVAILABLE`. */
export async function readClaim(
  location: string,
  storage: Readonly<Record<string, string>>,
): Promise<SupervisorRow> {
  const connection = await openConnection(location, storage);
  const open = () => openIfThere(connection, "supervisors", { location, log: silentLog });
  const table = new SupervisorTable(open);
  try {
    return await table.find();
  } finally {
    await table.close();
    connection.close();
  }
}
