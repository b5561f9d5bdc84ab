/** The agents that `--status`, `--type` or `--all` choose. */

import type { Fleet } from "../fleet/fleet.ts";
import type { ActionName } from "../model/actions/action-registry.ts";
import type { AgentFilter } from "../model/agent-filter.ts";
import type { AgentStatus } from "../model/agent-status.ts";
import { isMeantFor } from "../model/chosen-agents.ts";
import { defined } from "../model/defined.ts";
import { UsageError } from "./exit-codes.ts";
import type { EnqueueOptions } from "./options.ts";

/** Which agents; at least one is set. */
export interface SelectorOptions extends EnqueueOptions {
  readonly status?: AgentStatus;
  readonly type?: string;
  readonly all?: true;
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

/** Their ids. Without `--status` those that the action is for: not agents that have ended. */
export async function selectAgents(
  fleet: Fleet,
  action: ActionName,
  { status, type }: SelectorOptions,
): Promise<readonly string[]> {
  const filter: AgentFilter = defined({ status, type });
  const ids: string[] = [];
  for await (const agent of fleet.agents(filter)) {
    if (isMeantFor(action, agent.status, status !== undefined)) ids.push(agent.agent_id);
  }
  return ids;
}
