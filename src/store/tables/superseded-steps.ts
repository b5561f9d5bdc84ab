/**
 * Steps that do not count: a process stored them after another one had taken the database over, and the
 * agent's same iteration was stored again in a later epoch.
 */

import type { AgentId } from "../../model/ids.ts";
import { all, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";

export interface StepKey {
  readonly step_id: string;
  readonly agent_id: AgentId;
  readonly iteration: number;
  readonly epoch: number;
  readonly _rowid: bigint;
}

/** The columns of {@link StepKey}. */
export const stepKeyColumns = ["step_id", "agent_id", "iteration", "epoch"] as const;

const has = predicatesOf("agent_steps");

/**
 * The keys of those that count.
 * @param keys of at most as many agents as one predicate takes
 * @param epoch of the newest claim: no step has a later one
 * @throws {TroupeError} `STORE_UNAVAILABLE`.
 */
export async function withoutSuperseded(
  table: StoredTable<"agent_steps">,
  keys: readonly StepKey[],
  epoch: number,
): Promise<readonly StepKey[]> {
  if (keys.every((key) => key.epoch >= epoch)) return keys;
  const iterations = keys.map(({ iteration }) => iteration);
  const agents = new Set(keys.map(({ agent_id }) => agent_id));
  const later = await table.read<StepKey>({
    where: all(
      has.isIn("agent_id", [...agents]),
      has.isAbove("epoch", Math.min(...keys.map(({ epoch }) => epoch))),
      has.isAtLeast("iteration", Math.min(...iterations)),
      has.isAtMost("iteration", Math.max(...iterations)),
    ),
    columns: stepKeyColumns,
  });
  const latest = new Map<string, number>();
  for (const key of later) {
    latest.set(turnOf(key), Math.max(key.epoch, latest.get(turnOf(key)) ?? 0));
  }
  return keys.filter((key) => key.epoch >= (latest.get(turnOf(key)) ?? 0));
}

function turnOf({ agent_id, iteration }: StepKey): string {
  return `${iteration} ${agent_id}`;
}
