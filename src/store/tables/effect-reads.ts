/**
 * Reads effects by what they belong to, each in its furthest state, with the rows that the table does not
 * have yet. Questions of many agents at the same time share a few queries: after a start, all ask.
 */

import { type EffectRow, furthest } from "../../model/effect.ts";
import { EVERY_TURN } from "../../model/effect-states.ts";
import { BatchedLookup } from "../lance/batched-lookup.ts";
import { all, LIST_VALUES_MAX, type Predicate, predicatesOf, rowIdIn } from "../lance/predicate.ts";
import { rereadIfMoved } from "../lance/reread.ts";
import type { StoredTable } from "../lance/stored-table.ts";

/** Rows that the table does not have yet. */
export type FindUnwritten = () => Promise<readonly EffectRow[]>;

/** What a query selects by, before it reads whole rows. */
export const effectKeyColumns = [
  "effect_id",
  "agent_id",
  "iteration",
  "turn",
  "key",
  "state",
] as const satisfies readonly (keyof EffectRow)[];
export type EffectKey = Pick<EffectRow, (typeof effectKeyColumns)[number]>;
export type StoredEffectKey = EffectKey & { readonly _rowid: bigint };

const has = predicatesOf("agent_effects");

/** The agent, and the turn or the key. */
type Place = readonly [agentId: string, part: number | string];

export class EffectReads {
  readonly #table: StoredTable<"agent_effects">;
  readonly #findUnwritten: FindUnwritten;
  readonly #turns = new BatchedLookup((keys) => this.#findTurns(keys), LIST_VALUES_MAX);
  readonly #keys = new BatchedLookup((keys) => this.#findKeys(keys), LIST_VALUES_MAX);
  readonly #ids = new BatchedLookup((ids) => this.#findIds(ids), LIST_VALUES_MAX);

  constructor(table: StoredTable<"agent_effects">, findUnwritten: FindUnwritten) {
    this.#table = table;
    this.#findUnwritten = findUnwritten;
  }

  /** Oldest first. @throws {TroupeError} `STORE_UNAVAILABLE`. */
  async findTurn(agentId: string, turn: number): Promise<readonly EffectRow[]> {
    return (await this.#turns.find(nameOf([agentId, turn]))) ?? [];
  }

  /** Oldest first. @throws {TroupeError} `STORE_UNAVAILABLE`. */
  async findKey(agentId: string, key: string): Promise<readonly EffectRow[]> {
    return (await this.#keys.find(nameOf([agentId, key]))) ?? [];
  }

  /** @throws {TroupeError} `STORE_UNAVAILABLE`. */
  find(effectId: string): Promise<EffectRow | undefined> {
    return this.#ids.find(effectId);
  }

  async #findTurns(names: readonly string[]): Promise<ReadonlyMap<string, readonly EffectRow[]>> {
    const places = names.map(placeOf);
    const turns = new Set(places.map(([, turn]) => turn));
    const where = all(isOfAgents(places), has.isIn("turn", [...turns]));
    return await this.#group(names, where, ({ agent_id, turn }) => nameOf([agent_id, turn]));
  }

  async #findKeys(names: readonly string[]): Promise<ReadonlyMap<string, readonly EffectRow[]>> {
    const places = names.map(placeOf);
    const keys = new Set(places.map(([, key]) => key));
    const where = all(isOfAgents(places), has.is("turn", EVERY_TURN), has.isIn("key", [...keys]));
    return await this.#group(names, where, ({ agent_id, turn, key }) =>
      turn === EVERY_TURN ? nameOf([agent_id, key]) : "",
    );
  }

  async #findIds(ids: readonly string[]): Promise<ReadonlyMap<string, EffectRow>> {
    const wanted = new Set(ids);
    const holds = ({ effect_id }: EffectKey) => wanted.has(effect_id);
    const rows = await this.#read(has.isIn("effect_id", ids), holds);
    return new Map(rows.map((row) => [row.effect_id, row]));
  }

  async #group(
    names: readonly string[],
    where: Predicate,
    nameOfRow: (key: EffectKey) => string,
  ): Promise<ReadonlyMap<string, readonly EffectRow[]>> {
    const wanted = new Set(names);
    const rows = await this.#read(where, (key) => wanted.has(nameOfRow(key)));
    return Map.groupBy(rows, nameOfRow);
  }

  /** The keys first: `where` also selects rows that `holds` does not, and rows that do not count. */
  async #read(where: Predicate, holds: (key: EffectKey) => boolean): Promise<readonly EffectRow[]> {
    // Before the read: a flush moves rows into the table.
    const unwritten = (await this.#findUnwritten()).filter(holds);
    const { rows } = await rereadIfMoved(async () => {
      const keys = await this.#table.read<StoredEffectKey>({
        where,
        columns: effectKeyColumns,
        withRowId: true,
        isPatient: true,
      });
      const needed = furthest(keys.filter(holds)).map(({ _rowid }) => _rowid);
      // With the longest values that a turn may have, one part is some 250 MiB.
      const rows = await this.#table.readIn<EffectRow, bigint>(needed, rowIdIn, {
        isPatient: true,
      });
      return { rows, hasMoved: rows.length < needed.length };
    });
    return furthest([...rows, ...unwritten]);
  }
}

function isOfAgents(places: readonly Place[]): Predicate {
  return has.isIn("agent_id", [...new Set(places.map(([agentId]) => agentId))]);
}

function nameOf(place: Place): string {
  return JSON.stringify(place);
}

function placeOf(name: string): Place {
  return JSON.parse(name) as Place;
}
