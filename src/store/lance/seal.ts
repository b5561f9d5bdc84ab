/**
 * Seals a table for a takeover: commits that began before fail, however late they arrive. Such a commit
 * of another process may be half done, in a stopped process or on its way to an object store; LanceDB
 * merges it with later commits of most kinds, but never with a restored version.
 */

import type { Connection } from "@lancedb/lancedb";
import type { TableName } from "./columns.ts";
import { isMissing } from "./make-table.ts";
import { WriteQueue } from "./write-queue.ts";

/** Does nothing if there is no such table. @throws {TroupeError} `STORE_UNAVAILABLE`. */
export async function sealTable(connection: Connection, name: TableName): Promise<void> {
  await new WriteQueue({ name }).run(async () => {
    const table = await connection.openTable(name).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (table === undefined) return;
    try {
      // Later versions, if there are any, are of the earlier process, and void.
      await table.checkout(await table.version());
      await table.restore();
    } finally {
      table.close();
    }
  });
}
