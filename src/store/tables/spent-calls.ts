/**
 * Reads the model calls whose tokens rows of `agent_state` lack, to bring the rows up: a call is counted in
 * the row of its agent, which is merged later than the call is stored.
 *
 * `steps_since` bounds the calls that are read as it bounds steps, because a step's id is made before
 * those of its calls, and calls of a step that continues have their agent's row merged within a second.
 */

import type { EffectRow } from "../../model/effect.ts";
import { type CallPlace, type SpentCall, spentCall } from "../../model/usage.ts";
import { all, any, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import type { FindUnwritten } from "./effect-reads.ts";
import { laterThan } from "./later-rows.ts";

/**
 * By the epochs that rows are of: calls of that epoch with lower ids are in the rows, and all calls of
 * epochs before the first. Undefined: a row may lack any call.
 */
export type CallsSince = ReadonlyMap<number, string> | undefined;

export type StoredCall = SpentCall & CallPlace & Pick<EffectRow, "agent_id">;

const columns = [
  "effect_id",
  "agent_id",
  "epoch",
  "kind",
  "model",
  "input_tokens",
  "output_tokens",
  "started_at",
  "ended_at",
] as const satisfies readonly (keyof EffectRow)[];
type Row = Pick<EffectRow, (typeof columns)[number]>;

const has = predicatesOf("agent_effects");

/** In the order in which they were stored. @throws {TroupeError} `STORE_UNAVAILABLE`. */
export async function readSpentCalls(
  table: StoredTable<"agent_effects">,
  findUnwritten: FindUnwritten,
  since: CallsSince,
): Promise<readonly StoredCall[]> {
  // Before the reads: a flush moves rows into the table.
  const byId = new Map<string, Row>((await findUnwritten()).map((row) => [row.effect_id, row]));
  const hasTokens = any(has.isNotNull("input_tokens"), has.isNotNull("output_tokens"));
  const isFrom = (id: string) => has.isAtLeast("effect_id", id);
  const later = since === undefined ? [undefined] : laterThan("agent_effects", since, isFrom);
  for (const isLater of later) {
    const where = all(has.is("kind", "model"), hasTokens, isLater);
    await table.visit<Row>({ where, columns, isPatient: true }, (row) => {
      byId.set(row.effect_id, row);
    });
  }
  return [...byId.values()].flatMap(toCall).sort(byPlace);
}

function toCall(row: Row): readonly StoredCall[] {
  if (row.kind !== "model") return [];
  const now = Date.now();
  const call = spentCall(row, Math.min(row.ended_at ?? row.started_at, now));
  const { agent_id, epoch, effect_id } = row;
  return call === undefined ? [] : [{ ...call, agent_id, epoch, effect_id }];
}

function byPlace(one: StoredCall, other: StoredCall): number {
  return one.epoch - other.epoch || (one.effect_id < other.effect_id ? -1 : 1);
}
