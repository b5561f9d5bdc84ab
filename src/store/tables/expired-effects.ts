/**
 * Which effects retention deletes: old ones, except those that a step of an open turn may still need. An agent
 * that is paused in the middle of a turn for longer than effects are kept must know, when it continues, what
 * that turn has done: the newest effect of each key, and model calls, whose answers its next step may use:
 * all of the step that is run again, and the newest of steps before it, which may have been cut off. The
 * others of a turn that has failed for months are deleted, however many they are.
 */

import { type EffectRow, furthest } from "../../model/effect.ts";
import { all, any, chunks, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";

export interface OpenTurn {
  readonly turn: number;
  /** Of the agent's last stored step. */
  readonly iteration: number;
}

/** The open turn of each agent that lives, by agent id. */
export type OpenTurns = ReadonlyMap<string, OpenTurn>;

const columns = [
  "effect_id",
  "agent_id",
  "generation",
  "iteration",
  "turn",
  "kind",
  "key",
  "state",
] as const satisfies readonly (keyof EffectRow)[];
type OldEffect = Pick<EffectRow, (typeof columns)[number]>;

/** Model calls that are kept of an open turn's stored steps. */
const CALLS_KEPT_MAX = 256;

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
  const isOld = isOlder(before);
  const needed: string[] = [];
  for (const part of chunks([...openTurns])) {
    const agents = part.map(([agentId]) => agentId);
    const turns = new Set(part.map(([, { turn }]) => turn));
    const rows = await table.read<OldEffect>({
      where: all(isOld, has.isIn("agent_id", agents), has.isIn("turn", [...turns])),
      columns,
    });
    needed.push(...findNeeded(rows, openTurns));
  }
  const isNotNeeded = chunks(needed).map((ids) => has.isNotIn("effect_id", ids));
  return all(isOld, ...isNotNeeded);
}

/** Ids of those that the open turns still need. Pure. */
function findNeeded(rows: readonly OldEffect[], openTurns: OpenTurns): readonly string[] {
  const newest = new Map<string, OldEffect>();
  /** By agent, oldest first. */
  const calls = new Map<string, string[]>();
  const needed: string[] = [];
  // In the order in which a thread receives them: ids alone say nothing across processes.
  const inOrder = [...furthest(rows)].sort((one, two) => one.generation - two.generation);
  for (const effect of inOrder) {
    const { agent_id, key, kind, turn, iteration, effect_id } = effect;
    const open = openTurns.get(agent_id);
    if (open?.turn !== turn) continue;
    if (kind === "once") newest.set(JSON.stringify([agent_id, key]), effect);
    else if (iteration > open.iteration) needed.push(effect_id);
    else calls.set(agent_id, [...(calls.get(agent_id) ?? []), effect_id].slice(-CALLS_KEPT_MAX));
  }
  needed.push(...[...calls.values()].flat());
  // A key whose newest call failed is free.
  for (const { effect_id, state } of newest.values()) {
    if (state !== "failed") needed.push(effect_id);
  }
  return needed;
}

/** Those that would be deleted if no turn was open. */
export function isOlder(before: number): Predicate {
  const at = Math.trunc(before);
  return any(
    has.isBelow("ended_at", at),
    all(has.isNull("ended_at"), has.isBelow("started_at", at)),
  );
}
