/** Opens a fleet: through its server, or else through its tables. */

import { findServer } from "./find-server.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetPlace } from "./fleet-place.ts";

/**
 * Opens the server at the address, else the one that runs on the database, else the database's tables.
 * @param createsIfMissing true if a missing database should be created
 * @throws {TroupeError} `SERVER_…`, `TOKEN_REQUIRED`, `DATABASE_…`, `SETTING_…`
 */
export async function openFleet(place: FleetPlace, createsIfMissing = false): Promise<Fleet> {
  const server = await findServer(place);
  if (server !== undefined) return server;
  const { openTableFleet } = await import("./table-fleet.ts");
  return await openTableFleet(place, createsIfMissing);
}
