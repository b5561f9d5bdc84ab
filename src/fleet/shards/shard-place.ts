/** The place of one shard of a fleet, from that of the fleet. */

import { defined } from "../../model/defined.ts";
import type { Settings } from "../../settings/config.ts";
import type { FleetPlace } from "../fleet-place.ts";

/**
 * The shard's server has the address of the fleet's file if that file was named; with the file in the
 * fleet's root the server is found by the shard's database, and works through the tables without one.
 * @param place of a fleet that has a file
 */
export async function shardPlace(place: FleetPlace, index: number): Promise<FleetPlace> {
  const { settingsOfShard } = await import("../../settings/config.ts");
  const readSettings = async (): Promise<Settings> => {
    const settings = await place.readSettings();
    const count = settings.fleetFile?.shards ?? 1;
    return settingsOfShard(settings, { index, count });
  };
  const { fleet, fleetFile } = await place.readSettings();
  const url = fleet === null ? undefined : fleetFile?.addresses?.[index];
  return { ...place, ...defined({ url }), readSettings };
}
