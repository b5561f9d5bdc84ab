/** `troupe queue cancel`: withdraws an action that has not begun. */

import { userName } from "./enqueue-verb.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { openFleet } from "./open-fleet.ts";
import type { FleetOptions } from "./options.ts";
import { note, type OutputOptions, print, printJson } from "./text/terminal-output.ts";

export interface CancelOptions extends FleetOptions, OutputOptions {
  readonly actor?: string;
  readonly reason?: string;
}

export async function cancelAction(id: string, options: CancelOptions): Promise<ExitCode> {
  await using fleet = await openFleet(options);
  const { actor = userName(), reason, output } = options;
  const action = await fleet.verbs.actionCancel(id, actor, reason);
  if (fleet.caveat !== undefined) note(`${fleet.caveat}; withdrawn in its queue`);
  if (output === "json") printJson(action);
  else print(`${action.id} ${action.outcome}`);
  return exitCodes.ok;
}
