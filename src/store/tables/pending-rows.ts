/**
 * The window of pending rows of the queue: bounded in rows and in bytes, oldest first, with a mark on
 * rows that cannot become actions.
 */

import type { ActionRow } from "../../model/action.ts";
import {
  ENVIRONMENT_LANE,
  environmentActions,
  overtakingActions,
} from "../../model/actions/action-registry.ts";
import { isAgentId } from "../../model/ids.ts";
import { ROW_BYTES_MAX } from "../../model/limits.ts";
import { readBounded } from "../lance/bounded-read.ts";
import { all, any, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import type { Order, ReadOptions } from "../lance/table-query.ts";
import { isDue } from "./due.ts";

export interface PendingKey {
  readonly id: string;
  readonly created_at: number;
  /**
   * The row's address when it was read. It distinguishes rows that share an id, but changes with the next
   * update or compaction: compare it only within one result.
   */
  readonly rowId: bigint;
  /** Set if it can only be rejected, by its address. */
  readonly fault?: "no_id" | "too_large";
}

export type PendingAction = ActionRow & PendingKey;

export interface PendingOptions {
  /** Milliseconds since the epoch: actions that are due later are left out. */
  readonly now: number;
  /** Most rows. */
  readonly limit: number;
}

export interface WindowOptions extends PendingOptions {
  /** Only the key is read of rows that are in flight. */
  readonly isInFlight: (id: string) => boolean;
  /** True if most are in flight: then only keys are read, which is faster. */
  readonly areKeysEnough: boolean;
  /** Actions that are due whatever their row says; at most 1,000. */
  readonly overdue?: readonly string[];
}

export interface LaneOptions extends WindowOptions {
  /** Lanes whose rows are read; at most 1,000. */
  readonly lanes: readonly string[];
}

export interface PendingWindow {
  /** Whole rows, or keys. */
  readonly rows: readonly PendingKey[];
  /** True if the table may have more. */
  readonly isFull: boolean;
}

export interface LaneWindow {
  /** Whole rows, or keys. */
  readonly rows: readonly PendingKey[];
  /** True if these lanes may have more. */
  readonly isCut: boolean;
}

/** Characters that are kept of a text that is cut. */
const CUT_TEXT_MAX = 1_000;
/** Bytes that a table may grow by while its pending rows are read whole. */
const GROWTH_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of text of one window. */
const WINDOW_BYTES_MAX = 32 * 1024 * 1024;

const has = predicatesOf("queue");
export const byAge: readonly Order<"queue">[] = [
  { column: "created_at", direction: "up" },
  { column: "id", direction: "up" },
];
const urgentFirst: readonly Order<"queue">[] = [{ column: "urgency", direction: "down" }, ...byAge];

/** Not processed yet; a foreign table may have null for that. */
export function isPendingIn(table: StoredTable<"queue">): Predicate {
  const isFalse = has.is("processed", false);
  return table.mayBeNull("processed") ? any(has.isNull("processed"), isFalse) : isFalse;
}

export class PendingRows {
  readonly #table: StoredTable<"queue">;
  /** The table's bytes when the last window left no pending row unread. */
  #clearedBytes = 0;

  constructor(table: StoredTable<"queue">) {
    this.#table = table;
  }

  /**
   * Oldest first; if the window is full, also rows that overtake, urgent ones and destroys, read with a
   * limit of their own, so that others do not crowd them out.
   */
  async readWindow(options: WindowOptions): Promise<PendingWindow> {
    const { bytes } = await this.#table.stats();
    const first = await this.#read({ order: byAge }, bytes, options);
    if (!first.isFull) {
      this.#clearedBytes = bytes;
      return first;
    }
    const overtakes = any(has.isAbove("urgency", 0), has.isIn("action", overtakingActions));
    const how = { where: overtakes, order: urgentFirst };
    const overtaking = await this.#read(how, bytes, options);
    return { rows: withoutRepeats([...first.rows, ...overtaking.rows]), isFull: true };
  }

  /** The rows of these lanes, oldest first. */
  async readLanes({ lanes, ...options }: LaneOptions): Promise<LaneWindow> {
    const { bytes } = await this.#table.stats();
    const how = { where: ofLanes(lanes), order: byAge };
    const { rows, isFull } = await this.#read(how, bytes, options);
    return { rows, isCut: isFull };
  }

  async #read(how: Query, bytes: number, options: WindowOptions): Promise<PendingWindow> {
    const { now, limit, overdue = [] } = options;
    const isOverdue = overdue.length === 0 ? any() : has.isIn("id", overdue);
    const where = all(isPendingIn(this.#table), any(isDue(now), isOverdue), how.where);
    const query = { ...how, where, limit, withRowId: true };
    const isLight = bytes - this.#clearedBytes <= GROWTH_BYTES_MAX;
    return await (isLight ? this.#readLight(query, options) : this.#readHeavy(query, options));
  }

  async #readLight(query: Query, { limit, areKeysEnough }: WindowOptions): Promise<PendingWindow> {
    const rows = areKeysEnough
      ? await this.#readKeys(query)
      : (await this.#table.read<ActionRow & Addressed>(query)).map(withFault);
    return { rows, isFull: rows.length >= limit };
  }

  /** Keys first, then whole rows in small parts until the window is full. */
  async #readHeavy(query: Query, { limit, isInFlight }: WindowOptions): Promise<PendingWindow> {
    const keys = await this.#readKeys(query);
    const isKnown = ({ id, fault }: PendingKey) => fault === undefined && isInFlight(id);
    const rowIds = keys.filter((key) => !isKnown(key)).map(({ rowId }) => rowId);
    const bounds = { textMax: ROW_BYTES_MAX, bytesMax: WINDOW_BYTES_MAX };
    const { rows, left } = await readBounded<"queue", ActionRow>(this.#table, rowIds, bounds);
    const whole = rows.map(({ row, rowId, bytes }) =>
      bytes > ROW_BYTES_MAX ? tooLarge(row, rowId) : withFault({ ...row, _rowid: rowId }),
    );
    return { rows: [...keys.filter(isKnown), ...whole], isFull: left > 0 || keys.length >= limit };
  }

  async #readKeys(query: Query): Promise<readonly PendingKey[]> {
    const keys = { ...query, columns: ["id", "created_at"] as const };
    const rows = await this.#table.read<Pick<ActionRow, "id" | "created_at"> & Addressed>(keys);
    return rows.map(({ _rowid: rowId, ...key }) => ({ ...key, rowId, ...idFault(key.id) }));
  }
}

type Query = ReadOptions<"queue">;

interface Addressed {
  readonly _rowid: bigint;
}

/** Rows whose column or, if that is empty, whose payload names the agent of a lane: a few rows more than needed. */
function ofLanes(lanes: readonly string[]): Predicate {
  const agentIds = lanes.filter(isAgentId);
  return any(
    has.isIn("agent_id", agentIds),
    all(
      any(has.isNull("agent_id"), has.is("agent_id", "")),
      has.hasText("payload", "agent_id", agentIds),
    ),
    lanes.includes(ENVIRONMENT_LANE) ? has.isIn("action", environmentActions) : undefined,
  );
}

function withFault({ _rowid: rowId, ...row }: ActionRow & Addressed): PendingAction {
  const { id, action, agent_id, actor, payload, metadata } = row;
  const texts = [id, action, agent_id, actor, payload, metadata];
  const length = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  return length > ROW_BYTES_MAX ? tooLarge(row, rowId) : { ...row, rowId, ...idFault(row.id) };
}

function tooLarge(row: ActionRow, rowId: bigint): PendingAction {
  return { ...cutTexts(row, CUT_TEXT_MAX + 1), rowId, fault: "too_large" };
}

function idFault(id: string | null): { readonly fault?: "no_id" } {
  return id === null || id === "" ? { fault: "no_id" } : {};
}

/** Cuts the texts of a row that have at least `length` characters. */
export function cutTexts(row: ActionRow, length: number): ActionRow {
  const cut = (text: string) =>
    text.length < length ? text : `${text.slice(0, CUT_TEXT_MAX).toWellFormed()}…`;
  const cutOrNull = (text: string | null) => (text === null ? null : cut(text));
  return {
    ...row,
    id: cut(row.id),
    action: cut(row.action),
    agent_id: cutOrNull(row.agent_id),
    actor: cut(row.actor),
    payload: cut(row.payload),
    metadata: cutOrNull(row.metadata),
  };
}

function withoutRepeats(rows: readonly PendingKey[]): readonly PendingKey[] {
  return [...new Map(rows.map((row) => [row.rowId, row])).values()];
}
