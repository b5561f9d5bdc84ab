/** Enqueues an action, prints where it is queued, and with `--wait` waits for its end. */

import { userInfo } from "node:os";
import type { Fleet } from "../fleet/fleet.ts";
import type { ActionOutcome } from "../model/action.ts";
import type { ActionView } from "../model/agent-view.ts";
import { TroupeError } from "../model/errors.ts";
import { destinationOf, openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./exit-codes.ts";
import type { EnqueueOptions } from "./options.ts";
import { errorLine, note, print, printError, printJson } from "./text/terminal-output.ts";

/** One action to be enqueued. */
export interface EnqueueVerb {
  /** For messages: `agent_pause of agent1`. */
  readonly title: string;
  /** The agent concerned, if there is one. */
  readonly agentId?: string;
  /** True if a missing database should be created. */
  readonly createsIfMissing?: boolean;
  /** Appends it and resolves with its id. */
  readonly append: (fleet: Fleet, actor: string) => Promise<string>;
}

export async function enqueueVerb(verb: EnqueueVerb, options: EnqueueOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options, verb.createsIfMissing);
  const actionId = await verb.append(fleet, options.actor ?? userName());
  note(`${verb.title}: ${destinationOf(fleet, verb.agentId)}`);
  if (options.wait !== undefined) return await waitForEnd(fleet, actionId, options);
  if (options.output === "json") {
    printJson({ action_id: actionId, agent_id: verb.agentId ?? null });
  } else {
    print(actionId);
  }
  return exitCodes.ok;
}

/** The `--reason` of an action whose payload has no field for it. */
export function reasonMetadata(reason: string | undefined): {
  readonly metadata?: Readonly<Record<string, unknown>>;
} {
  return reason === undefined ? {} : { metadata: { reason } };
}

async function waitForEnd(
  fleet: Fleet,
  actionId: string,
  options: EnqueueOptions,
): Promise<ExitCode> {
  try {
    const row = await fleet.actionWait(actionId, (options.wait ?? 0) * 1_000);
    printAction(row, options);
    return endOf(row);
  } catch (thrown) {
    const isTimeout = thrown instanceof TroupeError && thrown.code === "WAIT_TIMEOUT";
    const row = isTimeout ? await fleet.actionFind(actionId) : undefined;
    if (row === undefined) throw thrown;
    printAction(row, options);
    printError(thrown);
    return exitCodeOf(thrown);
  }
}

function printAction(row: ActionView, { output }: EnqueueOptions): void {
  if (output === "json") printJson(row);
  else print(`${row.id} ${row.outcome ?? "pending"}`);
}

export const exitCodeOfOutcome: Record<ActionOutcome, ExitCode> = {
  done: exitCodes.ok,
  cancelled: exitCodes.rejected,
  rejected: exitCodes.rejected,
  dead: exitCodes.failed,
};

/** An action that was done may still carry a note. */
function endOf({ outcome, error }: ActionView): ExitCode {
  if (error !== null) {
    note(outcome === "done" ? `${error.code}: ${error.message}` : errorLine(error));
  }
  return exitCodeOfOutcome[outcome ?? "done"];
}

/** The default actor. A process may run under a user id without a name. */
export function userName(): string {
  try {
    return userInfo().username || "cli";
  } catch {
    return "cli";
  }
}
