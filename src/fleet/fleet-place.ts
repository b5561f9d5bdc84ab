/** What names a fleet: the address of its server, or the settings that say where its database is. */

import type { Settings } from "../config.ts";
import type { TroupeError } from "../model/errors.ts";

export interface FleetPlace {
  /** Address of the server; by default that of the one that runs on the database. */
  readonly url?: string;
  /** Its token; by default the one in the settings, else the one that is kept with the database. */
  readonly token?: string;
  /** Called whenever the settings are needed: a server that comes back may have another token. */
  readonly readSettings: () => Promise<Settings>;
  /** Receives what does not keep the fleet from being used. */
  readonly warn?: (warning: string | TroupeError) => void;
}
