/** The table `agent_effects`: rows are appended, never changed, and deleted by retention alone. */

import { type EffectRow, furthest } from "../../model/effect.ts";
import { EVERY_TURN } from "../../model/effect-states.ts";
import { encodeRow } from "../lance/codec.ts";
import { type ColumnName, columnsOf } from "../lance/columns.ts";
import { all, any, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";

const has = predicatesOf("agent_effects");

/** Steps of which the effects are read in one query. */
export const STEPS_AT_ONCE_MAX = 256;

type StepKey = Pick<EffectRow, "agent_id" | "iteration">;

/** Columns without text of any length. */
const slimColumns = (
  Object.keys(columnsOf("agent_effects")) as ColumnName<"agent_effects">[]
).filter((name) => name !== "input" && name !== "value");

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

  /**
   * The effects of up to {@link STEPS_AT_ONCE_MAX} steps, each in its furthest state, oldest first.
   * @param textMax characters of an input and a value that are read; 0: they are null
   */
  async listOfSteps(steps: readonly StepKey[], textMax: number): Promise<readonly EffectRow[]> {
    const ofAgents = Map.groupBy(steps, ({ agent_id }) => agent_id);
    const ofSteps = [...ofAgents].map(([agentId, ofAgent]) => {
      const iterations = ofAgent.map(({ iteration }) => iteration);
      return all(has.is("agent_id", agentId), has.isIn("iteration", iterations));
    });
    const where = any(...ofSteps);
    if (textMax === 0) {
      const rows = await this.#table.read<EffectRow>({ where, columns: slimColumns });
      return furthest(rows.map((row) => ({ ...row, input: null, value: null })));
    }
    const cut = { input: textMax, value: textMax };
    const columns = [...slimColumns, "input", "value"] as const;
    return furthest(await this.#table.read<EffectRow>({ where, columns, cut }));
  }

  async #read(where: Predicate): Promise<readonly EffectRow[]> {
    return furthest(await this.#table.read<EffectRow>({ where }));
  }
}
