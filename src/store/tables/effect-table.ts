/** The table `agent_effects`: rows are appended, never changed, and deleted by retention alone. */

import { type EffectRow, furthest } from "../../model/effect.ts";
import { EVERY_TURN } from "../../model/effect-states.ts";
import type { EffectFilter, ListPage, PageRequest } from "../../model/list-page.ts";
import { encodeRow } from "../lance/codec.ts";
import { all, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { decodeCursor, pageLimit, toPage } from "./cursor.ts";
import { pageOfStep } from "./effect-page.ts";

const has = predicatesOf("agent_effects");

export class EffectTable {
  readonly #table: StoredTable<"agent_effects">;

  constructor(table: StoredTable<"agent_effects">) {
    this.#table = table;
  }

  /**
   * Stores a state of an effect; resolves once it would survive the end of this process.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if that is given up, because the process ends.
   */
  async keep(row: EffectRow): Promise<void> {
    await this.#table.append([encodeRow("agent_effects", row)]);
  }

  /** Stores a state with the next flush, which comes before the one of any step that is recorded later. */
  note(row: EffectRow): void {
    this.keep(row).catch(() => undefined);
  }

  /** The effects of a turn of an agent, each in its furthest state, oldest first. */
  findTurn(agentId: string, turn: number): Promise<readonly EffectRow[]> {
    return this.#read(all(has.is("agent_id", agentId), has.is("turn", turn)));
  }

  /** The effects with this key that hold for all turns of the agent, oldest first. */
  findKey(agentId: string, key: string): Promise<readonly EffectRow[]> {
    const isOfKey = all(has.is("turn", EVERY_TURN), has.is("key", key));
    return this.#read(all(has.is("agent_id", agentId), isOfKey));
  }

  /** The effect in its furthest state. */
  async find(effectId: string): Promise<EffectRow | undefined> {
    return (await this.#read(has.is("effect_id", effectId)))[0];
  }

  /** The effects of one step, oldest first. */
  listOfStep(agentId: string, iteration: number): Promise<readonly EffectRow[]> {
    return this.#read(all(has.is("agent_id", agentId), has.is("iteration", iteration)));
  }

  /** {@link listOfStep}, page by page. @throws {TroupeError} `CURSOR_INVALID`. */
  async pageOfStep(
    agentId: string,
    iteration: number,
    request: PageRequest = {},
  ): Promise<ListPage<EffectRow>> {
    return pageOfStep(await this.listOfStep(agentId, iteration), request);
  }

  /** Effects in their furthest state, newest first. @throws {TroupeError} `CURSOR_INVALID`. */
  async list({
    agentId,
    state,
    limit,
    cursor,
  }: EffectFilter & PageRequest = {}): Promise<ListPage<EffectRow>> {
    const isOfAgent = agentId === undefined ? undefined : has.is("agent_id", agentId);
    const after = cursor === undefined ? undefined : String(decodeCursor(cursor, ["string"])[0]);
    const isAfter = after === undefined ? undefined : has.isBelow("effect_id", after);
    const rows = await this.#read(all(isOfAgent, isAfter));
    const found = rows.filter((row) => state === undefined || row.state === state).toReversed();
    const most = pageLimit(limit);
    return toPage(found.slice(0, most + 1), most, ({ effect_id }) => [effect_id]);
  }

  async #read(where: Predicate): Promise<readonly EffectRow[]> {
    return furthest(await this.#table.read<EffectRow>({ where }));
  }
}
