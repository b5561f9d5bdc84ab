/**
 * Steps that do not count: a process stored them after another one had taken the database over, and the
 * agent's same iteration was stored again in a later epoch.
 */

import type { AgentId } from "../../model/ids.ts";
import { all, any, chunks, type Predicate, predicatesOf } from "../lance/predicate.ts";
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

/** What decides whether a step counts. */
export type StepTurn = Pick<StepKey, "agent_id" | "iteration" | "epoch">;

const turnColumns = ["agent_id", "iteration", "epoch"] as const;

/** Runs in one read: a longer expression would nest too deep. */
const RUNS_AT_ONCE = 50;

/** Iterations of an agent without a gap. */
interface Run {
  readonly agentId: AgentId;
  readonly first: number;
  readonly last: number;
  /** The earliest one of its steps. */
  readonly epoch: number;
}

const has = predicatesOf("agent_steps");

/**
 * The keys of those that count. Reads later steps of the same agents and iterations only: an agent may have
 * millions of others.
 * @param epoch of the newest claim: no step has a later one
 * @throws {TroupeError} `STORE_UNAVAILABLE`.
 */
export async function withoutSuperseded<K extends StepTurn>(
  table: StoredTable<"agent_steps">,
  keys: readonly K[],
  epoch: number,
): Promise<readonly K[]> {
  const earlier = keys.filter((key) => key.epoch < epoch);
  if (earlier.length === 0) return keys;
  const latest = new Map<string, number>();
  const runs = [...Map.groupBy(earlier, ({ agent_id }) => agent_id).values()].flatMap(runsOf);
  for (const part of chunks(runs, RUNS_AT_ONCE)) {
    const where = isLater(part);
    for (const turn of await table.read<StepTurn>({ where, columns: turnColumns })) {
      latest.set(turnOf(turn), Math.max(turn.epoch, latest.get(turnOf(turn)) ?? 0));
    }
  }
  if (latest.size === 0) return keys;
  return keys.filter((key) => key.epoch >= (latest.get(turnOf(key)) ?? 0));
}

/** @param turns of one agent */
function runsOf(turns: readonly StepTurn[]): readonly Run[] {
  const runs: Run[] = [];
  const sorted = turns.toSorted((left, right) => left.iteration - right.iteration);
  for (const { agent_id: agentId, iteration, epoch } of sorted) {
    const run = runs.at(-1);
    if (run === undefined || iteration > run.last + 1) {
      runs.push({ agentId, first: iteration, last: iteration, epoch });
    } else {
      runs[runs.length - 1] = { ...run, last: iteration, epoch: Math.min(run.epoch, epoch) };
    }
  }
  return runs;
}

/** The agents alone come first: they are found by their index, and only their steps are compared. */
function isLater(runs: readonly Run[]): Predicate {
  const agents = new Set(runs.map(({ agentId }) => agentId));
  const inRuns = runs.map(({ agentId, first, last, epoch }) =>
    all(
      has.is("agent_id", agentId),
      has.isAbove("epoch", epoch),
      has.isAtLeast("iteration", first),
      has.isAtMost("iteration", last),
    ),
  );
  return all(has.isIn("agent_id", [...agents]), any(...inRuns));
}

function turnOf({ agent_id, iteration }: StepTurn): string {
  return `${iteration} ${agent_id}`;
}
