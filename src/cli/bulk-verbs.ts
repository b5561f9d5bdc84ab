/** The verbs of `troupe agent` for many agents, chosen by `--status`, `--type` or `--all`. */

import type { ActionRequest } from "../fleet/action-verbs.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ActionName } from "../model/actions/action-registry.ts";
import { isAlive } from "../model/agent.ts";
import type { AgentFilter } from "../model/agent-filter.ts";
import type { AgentStatus } from "../model/agent-status.ts";
import type { ActionView } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { toErrorData } from "../model/errors.ts";
import { destinationOf, openCommandFleet } from "./command-fleet.ts";
import { exitCodeOfOutcome, userName } from "./enqueue-verb.ts";
import { type ExitCode, exitCodes, UsageError } from "./exit-codes.ts";
import type { EnqueueOptions } from "./options.ts";
import { errorLine, note, print, printJson } from "./text/terminal-output.ts";

/** Actions of one commit, and of one request's body. */
const ENQUEUED_AT_ONCE_MAX = 1_000;

/** Which agents; at least one is set. */
export interface SelectorOptions extends EnqueueOptions {
  readonly status?: AgentStatus;
  readonly type?: string;
  readonly all?: true;
}

/** The action for each of them. */
export interface BulkVerb {
  readonly action: ActionName;
  /** Without `agent_id`. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** True if agents are chosen by a selector. @throws {UsageError} unless it is either that or an id */
export function hasSelector(
  word: string,
  id: string | undefined,
  { status, type, all }: SelectorOptions,
): id is undefined {
  const isSelected = status !== undefined || type !== undefined || all === true;
  if (isSelected && id !== undefined) {
    throw new UsageError(`agent ${word} takes an id or a selector, not both`);
  }
  if (isSelected || id !== undefined) return isSelected;
  throw new UsageError(`agent ${word} needs an id, or --status, --type or --all`);
}

export async function steerMany(verb: BulkVerb, options: SelectorOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const agentIds = await select(fleet, verb.action, options);
  const queued = await enqueueAll(fleet, verb, agentIds, options.actor ?? userName());
  const agents = queued.length === 1 ? "1 agent" : `${queued.length} agents`;
  note(`${verb.action} of ${agents}: ${queued.length === 0 ? NONE : destinationOf(fleet)}`);
  if (options.wait !== undefined) return await waitForAll(fleet, queued, options);
  if (options.output === "json") printJson({ items: queued });
  else for (const { action_id, agent_id } of queued) print(`${action_id} ${agent_id}`);
  return exitCodes.ok;
}

const NONE = "no agent fits";

interface Queued {
  readonly action_id: string;
  readonly agent_id: string;
}

/** Without `--status` those that the action is for: not agents that have ended. */
async function select(
  fleet: Fleet,
  action: ActionName,
  { status, type }: SelectorOptions,
): Promise<readonly string[]> {
  const takesErrors = action === "agent_restart" || action === "agent_destroy";
  const filter: AgentFilter = defined({ status, type });
  const ids: string[] = [];
  for await (const agent of fleet.agents(filter)) {
    const fits =
      status !== undefined || isAlive(agent.status) || (takesErrors && agent.status === "error");
    if (fits) ids.push(agent.agent_id);
  }
  return ids;
}

async function enqueueAll(
  fleet: Fleet,
  { action, payload, metadata }: BulkVerb,
  agentIds: readonly string[],
  actor: string,
): Promise<readonly Queued[]> {
  const queued: Queued[] = [];
  for (let first = 0; first < agentIds.length; first += ENQUEUED_AT_ONCE_MAX) {
    const some = agentIds.slice(first, first + ENQUEUED_AT_ONCE_MAX);
    const requests = some.map((agentId): ActionRequest => {
      const whole = { agent_id: agentId, ...payload } as ActionRequest["payload"];
      return { action, agentId, actor, payload: whole, ...defined({ metadata }) };
    });
    const ids = await fleet.enqueue(requests);
    queued.push(...some.map((agent_id, n) => ({ action_id: ids[n] ?? "", agent_id })));
  }
  return queued;
}

/** One after the other: meanwhile all of them are carried out. The worst end is the command's. */
async function waitForAll(
  fleet: Fleet,
  queued: readonly Queued[],
  { wait = 0, output }: SelectorOptions,
): Promise<ExitCode> {
  const deadline = performance.now() + wait * 1_000;
  const items: ActionView[] = [];
  let worst: ExitCode = exitCodes.ok;
  for (const { action_id, agent_id } of queued) {
    const row = await waitForOne(fleet, action_id, deadline);
    if (row !== undefined) items.push(row);
    const code = exitOf(row);
    if (code !== exitCodes.ok) worst = code;
    if (output !== "json") print(`${action_id} ${agent_id} ${row?.outcome ?? "pending"}`);
    if (row?.error && row.outcome !== "done") note(`${agent_id}: ${errorLine(row.error)}`);
  }
  if (output === "json") printJson({ items });
  const done = items.filter(({ outcome }) => outcome === "done").length;
  note(`${done} of ${queued.length} done`);
  return worst;
}

/** The action as it is at its end or at the deadline. */
async function waitForOne(
  fleet: Fleet,
  actionId: string,
  deadline: number,
): Promise<ActionView | undefined> {
  try {
    return await fleet.actionWait(actionId, Math.max(1, deadline - performance.now()));
  } catch (thrown) {
    if (toErrorData(thrown).code !== "WAIT_TIMEOUT") throw thrown;
    return await fleet.actionFind(actionId);
  }
}

function exitOf(row: ActionView | undefined): ExitCode {
  const outcome = row?.outcome ?? null;
  return outcome === null ? exitCodes.timedOut : exitCodeOfOutcome[outcome];
}
