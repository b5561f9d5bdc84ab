/** Appends that are repeated: of the rows of effects only those that the table lacks. */

import { type EffectRow, isFurther } from "../../model/effect.ts";
import type { EncodedRow } from "../lance/codec.ts";
import { predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";

type Key = Pick<EffectRow, "effect_id" | "state">;

const has = predicatesOf("agent_effects");

/** A row is left out if the table has one of its effect in the same state, or in a further one. */
export function appendMissingEffects(
  table: StoredTable<"agent_effects">,
  rows: readonly EncodedRow[],
): Promise<void> {
  return table.writes.run(async () => table.appendNow(await withoutStored(table, rows)));
}

async function withoutStored(
  table: StoredTable<"agent_effects">,
  rows: readonly EncodedRow[],
): Promise<readonly EncodedRow[]> {
  const ids = rows.map((row) => String(row["effect_id"]));
  const isIn = (part: readonly string[]) => has.isIn("effect_id", part);
  const columns = ["effect_id", "state"] as const;
  const stored = await table.readIn<Key, string>(ids, isIn, { columns });
  const states = Map.groupBy(stored, ({ effect_id }) => effect_id);
  return rows.filter((row) => {
    const state = row["state"] as EffectRow["state"];
    const found = states.get(String(row["effect_id"])) ?? [];
    return !found.some((other) => other.state === state || isFurther(other.state, state));
  });
}
