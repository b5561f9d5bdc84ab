/**
 * Which effects retention deletes: old ones, except those of open turns. An agent that is paused in the middle
 * of a turn for longer than effects are kept must still know, when it continues, what that turn has done.
 */

import type { EffectRow } from "../../model/effect.ts";
import { all, any, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { chunks } from "./update-pending.ts";

/** The open turn of each agent that lives, by agent id. */
export type OpenTurns = ReadonlyMap<string, number>;

type Key = Pick<EffectRow, "effect_id" | "agent_id" | "turn">;

const has = predicatesOf("agent_effects");

/**
 * The rows that can be deleted.
 * @param before milliseconds since the epoch
 * @throws {TroupeError} `STORE_UNAVAILABLE`.
 */
export async function expiredEffects(
  table: StoredTable<"agent_effects">,
  before: number,
  openTurns: OpenTurns,
): Promise<Predicate> {
  const at = Math.trunc(before);
  const isOld = any(
    has.isBelow("ended_at", at),
    all(has.isNull("ended_at"), has.isBelow("started_at", at)),
  );
  const open = new Set<string>();
  for (const part of chunks([...openTurns])) {
    const agents = part.map(([agentId]) => agentId);
    const turns = new Set(part.map(([, turn]) => turn));
    const keys = await table.read<Key>({
      where: all(isOld, has.isIn("agent_id", agents), has.isIn("turn", [...turns])),
      columns: ["effect_id", "agent_id", "turn"],
    });
    for (const { effect_id, agent_id, turn } of keys)
      if (openTurns.get(agent_id) === turn) open.add(effect_id);
  }
  const isOfOpenTurn = chunks([...open]);
  return all(isOld, ...isOfOpenTurn.map((ids) => has.isNotIn("effect_id", ids)));
}
