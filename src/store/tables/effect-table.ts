/**
 * The table `agent_effects`: rows are appended, never changed, and deleted by retention alone. Reads in the
 * process that writes it add the rows that the table does not have yet.
 *
 * Rejected: one row for each effect that is updated, because an update costs several times an append, and
 * the journal would need a merge of its own; effects as a column of their step, because a step that never
 * ends has no row.
 */

import { type EffectRow, isFurther } from "../../model/effect.ts";
import type { EncodedRow } from "../lance/codec.ts";
import { predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { EffectPages } from "./effect-pages.ts";
import { EffectReads, type FindUnwritten } from "./effect-reads.ts";
import { EffectWrites, type EffectWritesOptions } from "./effect-writes.ts";
import { effectsOfSteps, type StepKey } from "./effects-of-steps.ts";
import { expiredEffects, isOlder, type OpenTurns } from "./expired-effects.ts";
import { type CallsSince, readSpentCalls, type StoredCall } from "./spent-calls.ts";

export interface EffectTableOptions
  extends Pick<EffectWritesOptions, "journal" | "acksInTable" | "admit" | "lazyMs"> {
  /** The rows that only the journal of an ended process has. */
  readonly findLeft?: (() => Promise<readonly EffectRow[]>) | undefined;
}

export class EffectTable extends EffectWrites {
  /** By what they belong to. */
  readonly reads: EffectReads;
  /** As lists. */
  readonly pages: EffectPages;
  readonly #table: StoredTable<"agent_effects">;
  readonly #findUnwritten: FindUnwritten;
  #findOpenTurns: (() => Promise<OpenTurns>) | undefined;

  constructor(table: StoredTable<"agent_effects">, options: EffectTableOptions) {
    super({
      ...options,
      append: (rows) => table.append(rows),
      appendMissing: (rows) => appendMissingEffects(table, rows),
      sync: () => table.sync(),
    });
    this.#table = table;
    const { findLeft = async () => [] } = options;
    const findUnwritten = async () => [...(await findLeft()), ...this.rows()];
    this.#findUnwritten = findUnwritten;
    this.reads = new EffectReads(table, findUnwritten);
    this.pages = new EffectPages(table, findUnwritten);
  }

  /** The effect, once the table has all of it, for those who read it in other processes. */
  async findInTable(effectId: string): Promise<EffectRow | undefined> {
    await this.flush();
    return await this.reads.find(effectId);
  }

  /** See {@link effectsOfSteps}. */
  listOfSteps(steps: readonly StepKey[], textMax: number): Promise<readonly EffectRow[]> {
    return effectsOfSteps(this.#table, steps, textMax);
  }

  /** Model calls that rows of agents may not count yet, see {@link readSpentCalls}. */
  listSpent(since: CallsSince): Promise<readonly StoredCall[]> {
    return readSpentCalls(this.#table, this.#findUnwritten, since);
  }

  /** Retention deletes nothing until it can see which turns are open. */
  set openTurns(find: () => Promise<OpenTurns>) {
    this.#findOpenTurns = find;
  }

  async hasExpired(before: number): Promise<boolean> {
    const find = this.#findOpenTurns;
    // The cheap check first.
    if (find === undefined || !(await this.#table.hasRow(isOlder(before)))) return false;
    return await this.#table.hasRow(await expiredEffects(this.#table, before, await find()));
  }

  /** Deletes effects that ended before `before`, in milliseconds since the epoch, or never and began then. */
  async expire(before: number): Promise<number> {
    const openTurns = await this.#findOpenTurns?.();
    if (openTurns === undefined) return 0;
    return await this.#table.delete(await expiredEffects(this.#table, before, openTurns));
  }
}

type Key = Pick<EffectRow, "effect_id" | "state">;

const has = predicatesOf("agent_effects");

/** A row is left out if the table has one of its effect in the same state, or in a further one. */
function appendMissingEffects(
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
