/** Actions on their way to the shards: whose they are, and their form for the shard's own queue. Pure. */

import type { NewAction } from "../../model/action.ts";
import { environmentActions } from "../../model/actions/action-registry.ts";
import { defined } from "../../model/defined.ts";
import type { ActionRequest } from "../action-verbs.ts";

/** Undefined for an action of the environment. One without an agent goes to some shard, which rejects it. */
export function agentOf({ action, agent_id, payload }: NewAction): string | undefined {
  if (environmentActions.includes(action)) return undefined;
  return String(agent_id ?? payload["agent_id"] ?? "");
}

/** @param id empty for a new one */
export function toRequest(action: NewAction, id: string): ActionRequest {
  const { agent_id, urgency, metadata, not_before } = action;
  return {
    action: action.action,
    actor: action.actor,
    payload: action.payload,
    ...defined({ agentId: agent_id ?? undefined, urgency, metadata, notBefore: not_before }),
    ...defined({ id: id || undefined }),
  };
}
