/** Opens the fleet that a command means: through its server, or through its tables. */

import { findServer } from "./find-server.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetOptions } from "./options.ts";

/**
 * The server at `--url`, else the one that runs the agents of the database, else its tables.
 * @param isMaking true where the database is made if there is none
 * @throws {TroupeError} `SERVER_…`, `TOKEN_REQUIRED`, `DATABASE_…`, `SETTING_…`
 */
export async function openFleet(
  options: FleetOptions,
  { isMaking = false }: { readonly isMaking?: boolean } = {},
): Promise<Fleet> {
  const server = await findServer(options);
  if (server !== undefined) {
    const { ServerFleet } = await import("./server-fleet.ts");
    return new ServerFleet(server);
  }
  const { openTableFleet } = await import("./table-fleet.ts");
  return await openTableFleet(options, isMaking);
}
