/** Names a fleet: by the address of its server, or by settings that locate its database. */

import type { TroupeError } from "../model/errors.ts";
import type { Settings } from "../settings/config.ts";

export interface FleetPlace {
  /** Address of the server; by default that of the one that runs on the database. */
  readonly url?: string;
  /** Its token; by default the one in the settings, else the one that is kept with the database. */
  readonly token?: string;
  /** Called whenever the settings are needed: a server may have a new token after a restart. */
  readonly readSettings: () => Promise<Settings>;
  /** True if secrets in agents' configs are masked, also without a server, which masks them in any case. */
  readonly masksSecrets?: true;
  /**
   * Takes what the other shards of the fleet answer if one cannot be used, and receives the error that names
   * it; without it such a read fails.
   */
  readonly onUnreached?: (error: TroupeError) => void;
  /** Receives problems that do not prevent use of the fleet. */
  readonly warn?: (warning: string | TroupeError) => void;
}
