/** Opens a fleet: through its server, or else through its tables; one of several shards through theirs. */

import type { LocatedFleetFile } from "../settings/read-fleet-file.ts";
import { findServer } from "./find-server.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetPlace } from "./fleet-place.ts";
import { shardPlace } from "./shards/shard-place.ts";
import { ShardedFleet } from "./shards/sharded-fleet.ts";

/**
 * Opens the server at the address; without one all shards of the fleet, if it has several; else the server
 * that runs on the database, or the database's tables.
 * @param createsIfMissing true if a missing database should be created
 * @throws {TroupeError} `SERVER_…`, `TOKEN_REQUIRED`, `DATABASE_…`, `SETTING_…`, `FLEET_INVALID`
 */
export async function openFleet(place: FleetPlace, createsIfMissing = false): Promise<Fleet> {
  const file = await findFleetFile(place);
  return file === undefined
    ? await openOne(place, createsIfMissing)
    : openShards(place, file, (shard) => openOne(shard, createsIfMissing));
}

/**
 * {@link openFleet} through servers alone.
 * @throws {TroupeError} `SERVER_UNREACHABLE` if none runs.
 */
export async function openServers(place: FleetPlace): Promise<Fleet> {
  const { getServer } = await import("./find-server.ts");
  const file = await findFleetFile(place);
  return file === undefined ? await getServer(place) : openShards(place, file, getServer);
}

/** The fleet's file, unless one server is named. */
async function findFleetFile(place: FleetPlace): Promise<LocatedFleetFile | undefined> {
  return place.url === undefined
    ? ((await place.readSettings()).fleetFile ?? undefined)
    : undefined;
}

function openShards(
  place: FleetPlace,
  file: LocatedFleetFile,
  open: (shard: FleetPlace) => Promise<Fleet>,
): ShardedFleet {
  const { shards, path } = file;
  return new ShardedFleet({
    shards,
    location: path,
    open: async (index) => await open(await shardPlace(place, index)),
    onUnreached: place.onUnreached,
  });
}

async function openOne(place: FleetPlace, createsIfMissing: boolean): Promise<Fleet> {
  const server = await findServer(place);
  if (server !== undefined) return server;
  const { openTableFleet } = await import("./open-table-fleet.ts");
  return await openTableFleet(place, createsIfMissing);
}
