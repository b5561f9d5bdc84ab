/** The effects of several stored steps in one query. Such a step's effects are all in the table. */

import { type EffectRow, furthest } from "../../model/effect.ts";
import { columnsWithout } from "../lance/columns.ts";
import { all, any, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";

/** Steps of which the effects are read in one query. */
export const STEPS_AT_ONCE_MAX = 256;

export type StepKey = Pick<EffectRow, "agent_id" | "iteration">;

/** Columns without text of any length. */
const slimColumns = columnsWithout("agent_effects", ["input", "value"]);

const has = predicatesOf("agent_effects");

/**
 * The effects of up to {@link STEPS_AT_ONCE_MAX} steps, each in its furthest state, oldest first.
 * @param textMax characters of an input and a value that are read; 0: they are null
 */
export async function effectsOfSteps(
  table: StoredTable<"agent_effects">,
  steps: readonly StepKey[],
  textMax: number,
): Promise<readonly EffectRow[]> {
  const ofAgents = Map.groupBy(steps, ({ agent_id }) => agent_id);
  const ofSteps = [...ofAgents].map(([agentId, ofAgent]) => {
    const iterations = ofAgent.map(({ iteration }) => iteration);
    return all(has.is("agent_id", agentId), has.isIn("iteration", iterations));
  });
  const where = any(...ofSteps);
  if (textMax === 0) {
    const rows = await table.read<EffectRow>({ where, columns: slimColumns });
    return furthest(rows.map((row) => ({ ...row, input: null, value: null })));
  }
  const cut = { input: textMax, value: textMax };
  const columns = [...slimColumns, "input", "value"] as const;
  return furthest(await table.read<EffectRow>({ where, columns, cut }));
}
