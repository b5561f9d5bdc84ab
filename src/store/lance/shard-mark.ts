/**
 * The mark of a shard: the database itself says which shard of how many it is, so that a start with another
 * number is refused before anything is stored. It is kept like the version of the layout (layout.ts).
 */

import type { Table } from "@lancedb/lancedb";
import { TroupeError } from "../../model/errors.ts";
import { parseShard, type Shard, shardText } from "../../model/shard.ts";
import { readMark, writeMark } from "./layout.ts";

const KEY = "troupe:shard";

/**
 * @param table the one that has the layout's version
 * @param shard the one that the database must be; null if it must not be one
 * @throws {TroupeError} `SHARD_MISMATCH`.
 */
export async function checkShardMark(
  table: Table,
  location: string,
  shard: Shard | null,
): Promise<void> {
  const mark = parseShard((await readMark(table, KEY)) ?? "");
  if (mark === undefined) {
    if (shard === null || shard.count === 1 || (await table.countRows()) === 0) return;
    throw mismatch(
      location,
      `has agents and is not a shard of a fleet, so it cannot become shard ${shardText(shard)}`,
    );
  }
  if (shard !== null && shardText(shard) === shardText(mark)) return;
  const wanted = shard === null ? "no shard is named" : `shard ${shardText(shard)} is named`;
  throw mismatch(location, `is shard ${shardText(mark)}, and ${wanted} (TROUPE_SHARD)`);
}

/** Marks a database that {@link checkShardMark} has passed. */
export async function markShard(table: Table, shard: Shard): Promise<void> {
  const mark = parseShard((await readMark(table, KEY)) ?? "");
  if (mark === undefined) await writeMark(table, KEY, shardText(shard));
}

function mismatch(location: string, what: string): TroupeError {
  return new TroupeError("SHARD_MISMATCH", `database ${location} ${what}`, {
    details: { location },
  });
}
