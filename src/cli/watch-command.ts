/** `troupe agent watch`: prints each step and each change of status once it is stored. */

import { parseAgentId } from "../model/ids.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { openFleet } from "./open-fleet.ts";
import type { FleetOptions } from "./options.ts";
import type { OutputOptions } from "./text/terminal-output.ts";
import { type WatchFilter, WatchPrinter } from "./watch-printer.ts";

export type WatchOptions = FleetOptions & OutputOptions & WatchFilter;

/** Ends with SIGINT or SIGTERM. @throws {TroupeError} `AGENT_UNKNOWN` for an id that is not there. */
export async function watchAgents(
  given: string | undefined,
  options: WatchOptions,
): Promise<ExitCode> {
  const agentId = given === undefined ? undefined : parseAgentId(given);
  await using fleet = await openFleet(options);
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    await fleet.watch(agentId, new WatchPrinter(options.output, options), ending.signal);
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
  }
  return exitCodes.ok;
}
