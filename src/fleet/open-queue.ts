/** `openQueue()`: a fleet by the location of its database, or of the root of its shards. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { shardLocation } from "../model/shard.ts";
import { readFleetFile } from "../settings/read-fleet-file.ts";
import { localFolder } from "../store/ownership/location.ts";
import type { Fleet } from "./fleet.ts";
import { openTablesAt } from "./open-table-fleet.ts";
import { ShardedFleet } from "./shards/sharded-fleet.ts";

/**
 * A folder with a `fleet.json` is the root of several shards.
 * @throws {TroupeError} `DATABASE_UNUSABLE`, `FLEET_INVALID`.
 */
export async function openQueueAt(location: string): Promise<Fleet> {
  const root = localFolder(location);
  const path = root === undefined ? undefined : join(root, "fleet.json");
  if (path === undefined || !existsSync(path)) return await openTablesAt(location);
  const { shards } = readFleetFile(path);
  const open = (index: number) =>
    openTablesAt(shardLocation(location, index), { index, count: shards });
  return new ShardedFleet({ shards, location: path, open });
}
