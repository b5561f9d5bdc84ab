/** Actions on their way to the shards of a fleet: one commit in each. */

import type { NewAction } from "../../model/action.ts";
import { environmentActions } from "../../model/actions/action-registry.ts";
import { defined } from "../../model/defined.ts";
import { newActionId } from "../../model/ids.ts";
import type { ActionRequest } from "../action-verbs.ts";
import type { SentActions } from "./sent-actions.ts";
import { partlyStored } from "./shard-outcomes.ts";
import type { ShardWay } from "./shard-way.ts";

export interface ShardAppendsOptions {
  readonly ways: readonly ShardWay[];
  readonly wayOf: (agentId: string) => ShardWay;
  /** Learns which shard has which action. */
  readonly sent: SentActions;
}

/**
 * Resolves with the ids of the actions, in their order. An action of the environment goes to all shards, with
 * one id.
 * @throws {TroupeError} the first error; its message names the shard, and the number of actions that others
 * have stored.
 */
export async function appendToShards(
  actions: readonly NewAction[],
  { ways, wayOf, sent }: ShardAppendsOptions,
): Promise<readonly string[]> {
  const ids: string[] = actions.map(({ id }) => id ?? "");
  const groups = new Map<ShardWay, number[]>();
  for (const [n, action] of actions.entries()) {
    const agentId = agentOf(action);
    if (agentId === undefined) ids[n] ||= newActionId();
    for (const way of agentId === undefined ? ways : [wayOf(agentId)]) {
      const group = groups.get(way);
      if (group === undefined) groups.set(way, [n]);
      else group.push(n);
    }
  }
  let stored = 0;
  const sending = [...groups].map(async ([way, positions]) => {
    const requests = positions.map((n) => toRequest(actions[n] as NewAction, ids[n] ?? ""));
    const own = await way.use((fleet) => fleet.enqueue(requests));
    for (const [at, n] of positions.entries()) {
      ids[n] = own[at] ?? "";
      sent.add(ids[n], way.shard.index);
    }
    stored += positions.length;
  });
  const ended = await Promise.allSettled(sending);
  const failed = ended.find((end) => end.status === "rejected");
  if (failed !== undefined) throw partlyStored(failed.reason, stored, groups.size);
  return ids;
}

/** Undefined for an action of the environment. One without an agent goes to some shard, which rejects it. */
function agentOf({ action, agent_id, payload }: NewAction): string | undefined {
  if (environmentActions.includes(action)) return undefined;
  return String(agent_id ?? payload["agent_id"] ?? "");
}

/** @param id empty for a new one */
function toRequest(action: NewAction, id: string): ActionRequest {
  const { agent_id, urgency, metadata, not_before } = action;
  return {
    action: action.action,
    actor: action.actor,
    payload: action.payload,
    ...defined({ agentId: agent_id ?? undefined, urgency, metadata, notBefore: not_before }),
    ...defined({ id: id || undefined }),
  };
}
