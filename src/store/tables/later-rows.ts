/**
 * Selects the steps, or model calls, that rows of `agent_state` may lack. For each epoch that such rows have
 * there is a first id: those from it on. Of other epochs, all that are later than the earliest of these.
 */

import { all, any, chunks, type Predicate, predicatesOf } from "../lance/predicate.ts";

/** Epochs in one read: a longer expression would nest too deep. */
const EPOCHS_AT_ONCE = 50;

/**
 * One predicate for each of several reads.
 * @param since the first id of each epoch that a row may lack
 */
export function laterThan(
  table: "agent_steps" | "agent_effects",
  since: ReadonlyMap<number, string>,
  isFrom: (id: string) => Predicate,
): readonly Predicate[] {
  const has = predicatesOf(table);
  const epochs = [...since.keys()];
  const others = all(has.isAbove("epoch", Math.min(...epochs)), has.isNotIn("epoch", epochs));
  const known = [...since].map(([epoch, id]) => all(has.is("epoch", epoch), isFrom(id)));
  const [first = [], ...rest] = chunks(known, EPOCHS_AT_ONCE);
  return [any(others, ...first), ...rest.map((part) => any(...part))];
}
