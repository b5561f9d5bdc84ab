/**
 * An effect: something that a step did outside itself, and that must not simply be done again when the step
 * is. The table `agent_effects` has a row for each state that had to be stored; the furthest one counts.
 */

import type { EffectState } from "./effect-states.ts";
import type { agentEffectRow } from "./rows/agent-effect-row.ts";
import type { StaticOf } from "./schema-parts.ts";

/** One row of `agent_effects`. */
export type EffectRow = StaticOf<typeof agentEffectRow>;

/** How far an effect is in each state: a row with a higher number replaces one with a lower. */
const progress: Readonly<Record<EffectState, number>> = {
  started: 0,
  unknown: 1,
  failed: 2,
  done: 2,
};

/** True if a row with the first state replaces one with the second. */
export function isFurther(state: EffectState, other: EffectState): boolean {
  return progress[state] > progress[other];
}

/** The furthest row of each effect, in the order of their ids. Pure. */
export function furthest<Row extends Pick<EffectRow, "effect_id" | "state">>(
  rows: Iterable<Row>,
): readonly Row[] {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const other = found.get(row.effect_id);
    if (other === undefined || isFurther(row.state, other.state)) found.set(row.effect_id, row);
  }
  return [...found.values()].sort((one, two) => (one.effect_id < two.effect_id ? -1 : 1));
}
