/** Opens a fleet through the tables of its database, with settings or by its location alone. */

import { defined } from "../model/defined.ts";
import type { Shard } from "../model/shard.ts";
import type { FleetPlace } from "./fleet-place.ts";
import { openDatabase, openLocation } from "./open-database.ts";
import { TableFleet } from "./table-fleet.ts";

/** @throws {TroupeError} `DATABASE_NOT_FOUND` unless `createsIfMissing`, `DATABASE_UNUSABLE`. */
export async function openTableFleet(
  place: FleetPlace,
  createsIfMissing: boolean,
): Promise<TableFleet> {
  const database = await openDatabase(await place.readSettings(), createsIfMissing);
  return new TableFleet(database, place, await database.findHolder());
}

/**
 * A fleet by the location of its database, without settings.
 * @param shard the one that the database must be, if the fleet has several
 * @throws {TroupeError} `DATABASE_UNUSABLE`, `SHARD_MISMATCH`.
 */
export async function openTablesAt(location: string, shard?: Shard): Promise<TableFleet> {
  const database = await openLocation({
    location,
    local: null,
    storage: {},
    ...defined({ shard }),
  });
  const readSettings = async () => {
    const { loadSettings } = await import("../settings/config.ts");
    return loadSettings({ flags: { db: location }, isLenient: true });
  };
  return new TableFleet(database, { readSettings });
}
