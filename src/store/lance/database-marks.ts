/**
 * What a database says of itself, next to the version of its layout (layout.ts) and kept like that: copies
 * of a database have the same.
 *
 * Keys of effects are made of its id: two databases must not send the same key to one service. The shard
 * that it is, of how many, is checked before anything is stored: a start with another number is refused.
 */

import { randomUUID } from "node:crypto";
import type { Table } from "@lancedb/lancedb";
import { TroupeError } from "../../model/errors.ts";
import { parseShard, type Shard, shardText } from "../../model/shard.ts";
import { readMark, writeMark } from "./layout.ts";

const ID_KEY = "troupe:id";
const SHARD_KEY = "troupe:shard";

/** The id, which the process that owns the database gives to one without; empty if it has none. */
export async function databaseId(table: Table, isOwner: boolean): Promise<string> {
  const known = await readMark(table, ID_KEY);
  if (known !== undefined || !isOwner) return known ?? "";
  const id = randomUUID();
  await writeMark(table, ID_KEY, id);
  return id;
}

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
  const mark = parseShard((await readMark(table, SHARD_KEY)) ?? "");
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
  const mark = parseShard((await readMark(table, SHARD_KEY)) ?? "");
  if (mark === undefined) await writeMark(table, SHARD_KEY, shardText(shard));
}

function mismatch(location: string, what: string): TroupeError {
  return new TroupeError("SHARD_MISMATCH", `database ${location} ${what}`, {
    details: { location },
  });
}
