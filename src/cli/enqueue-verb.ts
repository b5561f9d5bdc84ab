/** The verbs that enqueue an action: append it, say where it went, and wait for its end if asked to. */

import { userInfo } from "node:os";
import type { ActionOutcome } from "../model/action.ts";
import { TroupeError } from "../model/errors.ts";
import type { ActionView } from "../model/view.ts";
import type { QueueClient } from "../queue/client.ts";
import type { LockHolder } from "../store/lock.ts";
import { type Database, openDatabase } from "./database.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./exit-codes.ts";
import type { EnqueueOptions } from "./options.ts";
import { errorLine, note, print, printError, printJson } from "./output.ts";

/** One action to be enqueued. */
export interface EnqueueVerb {
  /** As it is told: `agent_pause of agent1`. */
  readonly title: string;
  /** The agent concerned, if there is one. */
  readonly agentId?: string;
  /** True where the database is made if there is none. */
  readonly isMaking?: boolean;
  /** Appends it and resolves with its id. */
  readonly append: (client: QueueClient, actor: string) => Promise<string>;
}

export async function enqueueVerb(verb: EnqueueVerb, options: EnqueueOptions): Promise<ExitCode> {
  await using database = await openDatabase(options, { isMaking: verb.isMaking ?? false });
  const { QueueClient } = await import("../queue/client.ts");
  // The database is closed here, with all that is in it.
  const client = new QueueClient({ table: database.store.queue, close: async () => undefined });
  const actionId = await verb.append(client, options.actor ?? userName());
  note(whereabouts(verb, database, await database.findHolder()));
  if (options.wait !== undefined) return await waitForEnd(client, actionId, options);
  if (options.output === "json") {
    printJson({ action_id: actionId, agent_id: verb.agentId ?? null });
  } else {
    print(actionId);
  }
  return exitCodes.ok;
}

/** What a verb with `--reason` keeps where its payload has no place for it. */
export function reasonMetadata(reason: string | undefined): {
  readonly metadata?: Readonly<Record<string, unknown>>;
} {
  return reason === undefined ? {} : { metadata: { reason } };
}

function whereabouts(
  { title }: EnqueueVerb,
  { location }: Database,
  holder: LockHolder | undefined,
): string {
  if (holder !== undefined) return `${title}: queued for process ${holder.pid}`;
  return `${title}: written to the queue of ${location}; no supervisor runs on it now, the next start carries it out`;
}

async function waitForEnd(
  client: QueueClient,
  actionId: string,
  options: EnqueueOptions,
): Promise<ExitCode> {
  try {
    const action = await client.actionWait(actionId, (options.wait ?? 0) * 1_000);
    printAction(action, options);
    return endOf(action);
  } catch (thrown) {
    const isTimeout = thrown instanceof TroupeError && thrown.code === "WAIT_TIMEOUT";
    const action = isTimeout ? await client.actionFind(actionId) : undefined;
    if (action === undefined) throw thrown;
    printAction(action, options);
    printError(thrown);
    return exitCodeOf(thrown);
  }
}

function printAction(action: ActionView, { output }: EnqueueOptions): void {
  if (output === "json") printJson(action);
  else print(`${action.id} ${action.outcome ?? "pending"}`);
}

const exitCodeOfOutcome: Record<ActionOutcome, ExitCode> = {
  done: exitCodes.ok,
  rejected: exitCodes.rejected,
  dead: exitCodes.failed,
};

/** An action that was done may still carry a note. */
function endOf({ outcome, error }: ActionView): ExitCode {
  if (error !== null) note(errorLine(error));
  return exitCodeOfOutcome[outcome ?? "done"];
}

/** A process may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username || "cli";
  } catch {
    return "cli";
  }
}
