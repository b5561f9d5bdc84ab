/**
 * Lists of effects, each in its furthest state, bounded in rows and in bytes.
 *
 * Rows have one order, their id's, and all rows of an effect share it: a page is found by ids, completed
 * with all rows of these ids, and only then filtered by state. So no cursor can separate a `started` row
 * from the `done` row that came hours later. Rejected: a list that waits until the table has everything,
 * as that of actions does, because a trace is read while its step runs.
 */

import { type EffectRow, furthest } from "../../model/effect.ts";
import type { EffectState } from "../../model/effect-states.ts";
import type { EffectFilter, ListPage, PageRequest } from "../../model/list-page.ts";
import { readBounded } from "../lance/bounded-read.ts";
import { all, LIST_VALUES_MAX, predicatesOf } from "../lance/predicate.ts";
import { rereadIfMoved } from "../lance/reread.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { PAGE_BYTES_MAX } from "./action-pages.ts";
import { IdCursors, pageLimit, toPage } from "./cursor.ts";
import {
  type EffectKey,
  effectKeyColumns,
  type FindUnwritten,
  type StoredEffectKey,
} from "./effect-reads.ts";
import { bytesOf } from "./unwritten-effects.ts";

/** An effect that counts: by the address of its row, or the row itself if the table lacks it. */
type Placed = EffectKey & { readonly _rowid?: bigint; readonly row?: EffectRow };

interface PageRead {
  readonly rows: readonly EffectRow[];
  /** Effects of the page up to the last that was read. */
  readonly passed: number;
  /** True if rows were moved meanwhile, and are missing. */
  readonly hasMoved: boolean;
}

/** Characters of one text; longer ones are never stored. */
const TEXT_MAX = 4 * 1024 * 1024;
/** Rows of the table that are searched for a page: most effects have fewer than these. */
const ROWS_OF_EFFECT = 3;
const WINDOW_ROWS_MIN = 64;
/** Effects of one step that are listed. */
const STEP_EFFECTS_MAX = 1_000;

const has = predicatesOf("agent_effects");
const cursors = new IdCursors("effects");

export class EffectPages {
  readonly #table: StoredTable<"agent_effects">;
  readonly #findUnwritten: FindUnwritten;

  constructor(table: StoredTable<"agent_effects">, findUnwritten: FindUnwritten) {
    this.#table = table;
    this.#findUnwritten = findUnwritten;
  }

  /** Newest first, by id. @throws {TroupeError} `CURSOR_INVALID`, `STORE_UNAVAILABLE`. */
  async list({
    agentId,
    state,
    limit,
    cursor,
  }: EffectFilter & PageRequest = {}): Promise<ListPage<EffectRow>> {
    const count = pageLimit(limit);
    const before = cursors.idIn(cursor);
    const { found, rows, passed } = await rereadIfMoved(async () => {
      const found = await this.#findPage({ agentId, state, before, count: count + 1 });
      return { found, ...(await this.#readPage(found.slice(0, count))) };
    });
    const last = found.length > passed ? found[passed - 1] : undefined;
    return { items: rows, next_cursor: last === undefined ? null : cursors.after(last.effect_id) };
  }

  /**
   * Oldest first, 1,000 at most. Beyond 4 MiB of texts they are without input and value.
   * @throws {TroupeError} `STORE_UNAVAILABLE`.
   */
  async listOfStep(agentId: string, iteration: number): Promise<readonly EffectRow[]> {
    const holds = (key: EffectKey) => key.agent_id === agentId && key.iteration === iteration;
    const { rows } = await rereadIfMoved(async () => {
      const unwritten = (await this.#findUnwritten()).filter(holds).map(placed);
      const keys = await this.#table.read<StoredEffectKey>({
        where: all(has.is("agent_id", agentId), has.is("iteration", iteration)),
        columns: effectKeyColumns,
        withRowId: true,
      });
      const page = furthest<Placed>([...keys, ...unwritten]).slice(0, STEP_EFFECTS_MAX);
      const { rows, passed, hasMoved } = await this.#readPage(page);
      const rest = await this.#readLight(page.slice(passed));
      return { rows: [...rows, ...rest.rows], hasMoved: hasMoved || rest.hasMoved };
    });
    return rows;
  }

  /** {@link listOfStep}, page by page, each page bounded in rows and in bytes. @throws {TroupeError} `CURSOR_INVALID`. */
  async pageOfStep(
    agentId: string,
    iteration: number,
    { limit, cursor }: PageRequest,
  ): Promise<ListPage<EffectRow>> {
    const ofStep = new IdCursors(`effects of ${agentId} in ${iteration}`);
    const after = ofStep.idIn(cursor) ?? "";
    const rows = await this.listOfStep(agentId, iteration);
    const left = rows.filter(({ effect_id }) => effect_id > after);
    const count = Math.min(pageLimit(limit), countWithinBytes(left));
    return toPage(left, count, { cursors: ofStep, idOf: idOfEffect });
  }

  /** The effects that count, newest first, below an id; each window of ids is completed before it counts. */
  async #findPage(query: {
    readonly agentId: string | undefined;
    readonly state: EffectState | undefined;
    readonly before: string | undefined;
    readonly count: number;
  }): Promise<readonly Placed[]> {
    const { agentId, state, count } = query;
    const fits = (key: EffectKey) =>
      (agentId === undefined || key.agent_id === agentId) &&
      (query.before === undefined || key.effect_id < query.before);
    // Before the read: a flush moves rows into the table.
    const unwritten = (await this.#findUnwritten()).filter(fits).map(placed);
    const window = Math.min(LIST_VALUES_MAX, Math.max(WINDOW_ROWS_MIN, ROWS_OF_EFFECT * count));
    const found: Placed[] = [];
    let before = query.before;
    while (found.length < count) {
      const ids = await this.#readIds({ agentId, state, before, window });
      const isLast = ids.length < window;
      const end = ids.at(-1) ?? "";
      const newer = unwritten.filter(
        ({ effect_id }) =>
          (before === undefined || effect_id < before) && (isLast || effect_id >= end),
      );
      const keys = await this.#readKeys(new Set([...ids, ...newer.map(idOfEffect)]));
      const whole = furthest<Placed>([...keys, ...newer]);
      found.push(...whole.filter((key) => state === undefined || key.state === state).reverse());
      if (isLast) break;
      before = end;
    }
    return found.slice(0, count);
  }

  /** Newest first, one for each row that may count. */
  async #readIds(query: {
    readonly agentId: string | undefined;
    readonly state: EffectState | undefined;
    readonly before: string | undefined;
    readonly window: number;
  }): Promise<readonly string[]> {
    const { agentId, state, before, window } = query;
    const rows = await this.#table.read<Pick<EffectRow, "effect_id">>({
      where: all(
        agentId === undefined ? undefined : has.is("agent_id", agentId),
        state === undefined ? undefined : has.is("state", state),
        before === undefined ? undefined : has.isBelow("effect_id", before),
      ),
      columns: ["effect_id"],
      order: [{ column: "effect_id", direction: "down" }],
      limit: window,
    });
    return rows.map(idOfEffect);
  }

  /** Of all rows of these effects. */
  #readKeys(ids: ReadonlySet<string>): Promise<readonly StoredEffectKey[]> {
    const isIn = (part: readonly string[]) => has.isIn("effect_id", part);
    return this.#table.readIn([...ids], isIn, { columns: effectKeyColumns, withRowId: true });
  }

  /** Up to the row that exceeds the bytes of a page. */
  async #readPage(page: readonly Placed[]): Promise<PageRead> {
    const rowIds = page.flatMap(({ _rowid }) => _rowid ?? []);
    const bounds = { textMax: TEXT_MAX, bytesMax: PAGE_BYTES_MAX };
    const stored = await readBounded<"agent_effects", EffectRow>(this.#table, rowIds, bounds);
    const found = new Map(stored.rows.map((read) => [read.rowId, read]));
    const unread = new Set(stored.left === 0 ? [] : rowIds.slice(-stored.left));
    const rows: EffectRow[] = [];
    let [bytes, passed] = [0, 0];
    for (const { row, _rowid = -1n } of page) {
      if (bytes >= PAGE_BYTES_MAX || unread.has(_rowid)) break;
      passed += 1;
      const read = row === undefined ? found.get(_rowid) : { row, bytes: bytesOf({ row }) };
      if (read === undefined) continue;
      rows.push(read.row);
      bytes += read.bytes;
    }
    return { rows, passed, hasMoved: rows.length < passed };
  }

  /** Without texts that can be long. */
  async #readLight(page: readonly Placed[]): Promise<Omit<PageRead, "passed">> {
    const rowIds = page.flatMap(({ _rowid }) => _rowid ?? []);
    const leftOut = ["input", "value"] as const;
    const bounds = { textMax: TEXT_MAX, bytesMax: PAGE_BYTES_MAX, leftOut };
    const stored = await readBounded<"agent_effects", EffectRow>(this.#table, rowIds, bounds);
    const found = new Map(stored.rows.map(({ rowId, row }) => [rowId, row]));
    const rows = page.flatMap(({ row, _rowid }) => {
      const one = row ?? (_rowid === undefined ? undefined : found.get(_rowid));
      return one === undefined ? [] : [{ ...one, input: null, value: null }];
    });
    return { rows, hasMoved: stored.hasMoved };
  }
}

function idOfEffect({ effect_id }: Pick<EffectRow, "effect_id">): string {
  return effect_id;
}

function placed(row: EffectRow): Placed {
  return { ...row, row };
}

/** Up to the row that exceeds the bytes of a page. */
function countWithinBytes(rows: readonly EffectRow[]): number {
  let bytes = 0;
  const end = rows.findIndex(({ input, value }) => {
    bytes += Buffer.byteLength(input ?? "") + Buffer.byteLength(value ?? "");
    return bytes > PAGE_BYTES_MAX;
  });
  return end < 0 ? rows.length : end + 1;
}
