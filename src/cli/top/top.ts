/** `troupe top`: the agents of a server, or of all shards of a fleet, as a live table in the terminal. */

import { placeOf } from "../command-fleet.ts";
import { userName } from "../enqueue-verb.ts";
import { type ExitCode, exitCodes, UsageError } from "../exit-codes.ts";
import type { FleetOptions } from "../options.ts";
import { TopSession } from "./session.ts";

export interface TopOptions extends FleetOptions {
  readonly actor?: string;
}

/** Ends with q, Ctrl-C or a signal. @throws {TroupeError} `SERVER_UNREACHABLE` if no server runs. */
export async function top(options: TopOptions): Promise<ExitCode> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError(
      "top needs a terminal; `troupe agent list` and `troupe agent watch` do not",
    );
  }
  const { openServers } = await import("../../fleet/open-fleet.ts");
  await using fleet = await openServers(placeOf(options));
  await new TopSession(fleet, options.actor ?? userName()).run();
  return exitCodes.ok;
}
