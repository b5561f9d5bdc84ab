/** The verbs of `troupe agent` for many agents, chosen by `--status`, `--type` or `--all`. */

import type { ActionRequest } from "../fleet/action-verbs.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ActionName } from "../model/actions/action-registry.ts";
import { defined } from "../model/defined.ts";
import { batchesOf } from "../picture/action-batches.ts";
import { type SelectorOptions, selectAgents } from "./agent-selector.ts";
import { type QueuedAction, waitForAll } from "./bulk-wait.ts";
import { destinationOf, openCommandFleet } from "./command-fleet.ts";
import { userName } from "./enqueue-verb.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { note, print, printJson } from "./text/terminal-output.ts";

/** Actions of one commit, and of one request. */
const BATCH_ROWS_MAX = 1_000;

/** The action for each of them. */
export interface BulkVerb {
  readonly action: ActionName;
  /** Without `agent_id`. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export async function steerMany(verb: BulkVerb, options: SelectorOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const agentIds = await selectAgents(fleet, verb.action, options);
  const agents = agentIds.length === 1 ? "1 agent" : `${agentIds.length} agents`;
  note(`${verb.action} of ${agents}: ${agentIds.length === 0 ? NONE : destinationOf(fleet)}`);
  const queued = await enqueueAll(fleet, verb, agentIds, options);
  if (options.wait !== undefined) {
    return await waitForAll(fleet, { action: verb.action, queued, options });
  }
  if (options.output === "json") printJson({ items: queued });
  return exitCodes.ok;
}

const NONE = "no agent fits";

/**
 * Batch after batch. What is enqueued is printed even if a later batch fails, because to repeat the command
 * would enqueue it twice.
 */
async function enqueueAll(
  fleet: Fleet,
  { action, payload, metadata }: BulkVerb,
  agentIds: readonly string[],
  { output, wait, actor = userName() }: SelectorOptions,
): Promise<readonly QueuedAction[]> {
  const queued: QueuedAction[] = [];
  const isListed = wait === undefined && output !== "json";
  const show = ({ action_id, agent_id }: QueuedAction) => print(`${action_id} ${agent_id}`);
  try {
    for (const batch of batchesOf(agentIds, { payload, metadata }, BATCH_ROWS_MAX)) {
      const requests = batch.map((agentId) => {
        const whole = { agent_id: agentId, ...payload } as ActionRequest["payload"];
        return { action, agentId, actor, payload: whole, ...defined({ metadata }) };
      });
      const ids = await fleet.enqueue(requests);
      const added = batch.map((agent_id, n) => ({ action_id: ids[n] ?? "", agent_id }));
      queued.push(...added);
      if (isListed) added.forEach(show);
    }
  } catch (thrown) {
    note(`${queued.length} of ${agentIds.length} actions are known to be enqueued; then it failed`);
    if (output === "json") printJson({ items: queued });
    else if (!isListed) queued.forEach(show);
    throw thrown;
  }
  return queued;
}
