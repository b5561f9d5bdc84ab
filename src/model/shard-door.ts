/**
 * The door of a shard: refuses agents of other shards, and names the right one. Pure.
 *
 * Nothing else in a process depends on there being other shards. The door is a hook for all routes about
 * an agent, stands in `ActionQueue` for actions, which refuses many as a whole, and in the dispatcher for
 * rows of other programs.
 */

import { defined } from "./defined.ts";
import { TroupeError } from "./errors.ts";
import { hasAgent, type Shard, shardOf } from "./shard.ts";

export interface ShardDoor {
  readonly shard: Shard;
  /** The addresses of the fleet's servers by shard, if this process knows them. */
  readonly addresses?: readonly string[] | undefined;
}

/** Positions of misdirected actions that an error lists. */
const POSITIONS_MAX = 100;

/** @throws {TroupeError} `SHARD_MISDIRECTED`, with the right shard and its address if that is known. */
export function checkAgent(door: ShardDoor | undefined, agentId: string): void {
  if (door !== undefined && !hasAgent(door.shard, agentId)) throw misdirected(door, agentId);
}

/**
 * {@link checkAgent} for actions that are enqueued together.
 * @param agentIds by position; undefined for an action that is not about an agent
 * @throws {TroupeError} `SHARD_MISDIRECTED`, also with the positions that do not belong here.
 */
export function checkAgents(
  door: ShardDoor | undefined,
  agentIds: readonly (string | undefined)[],
): void {
  if (door === undefined) return;
  const isElsewhere = (id: string | undefined) => id !== undefined && !hasAgent(door.shard, id);
  const first = agentIds.find(isElsewhere);
  if (first === undefined) return;
  if (agentIds.length === 1) throw misdirected(door, first);
  const positions = agentIds.flatMap((id, n) => (isElsewhere(id) ? n : []));
  throw misdirected(door, first, { positions, all: agentIds.length });
}

function misdirected(
  { shard: { index, count }, addresses }: ShardDoor,
  agentId: string,
  many?: { readonly positions: readonly number[]; readonly all: number },
): TroupeError {
  const right = shardOf(agentId, count);
  const address = addresses?.[right];
  const at = address === undefined ? "" : `, at ${address}`;
  const others = many && ` (actions for other shards: ${many.positions.length} of ${many.all})`;
  const message = `agent ${agentId} is in shard ${right} of ${count}${at}; this is shard ${index}${others ?? ""}`;
  return new TroupeError("SHARD_MISDIRECTED", message, {
    details: {
      agent_id: agentId,
      shard: right,
      shards: count,
      ...defined({ address, positions: many?.positions.slice(0, POSITIONS_MAX) }),
    },
  });
}
