/** The list of actions, newest first, page by page, each page bounded in rows and in bytes. */

import type { ActionRow } from "../../model/action.ts";
import { isAgentId } from "../../model/ids.ts";
import { PAYLOAD_BYTES_MAX } from "../../model/limits.ts";
import type { ActionFilter, ListPage, PageRequest } from "../../model/list-page.ts";
import { namedAgent } from "../../model/named-agent.ts";
import { readBounded } from "../lance/bounded-read.ts";
import { all, any, type Predicate, predicatesOf } from "../lance/predicate.ts";
import { rereadIfMoved } from "../lance/reread.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import {
  compareKeys,
  isAtOrAfter,
  isPast,
  type Key,
  makeCursor,
  type Position,
  parseCursor,
  withoutSkipped,
} from "./action-position.ts";
import { pageLimit } from "./cursor.ts";
import { cutTexts, isPendingIn } from "./pending-rows.ts";

export interface ActionQuery extends Omit<ActionFilter, "agentId">, PageRequest {
  readonly agent_id?: string;
}

/**
 * Ages in milliseconds of the rows that are searched before all are: sorting a million takes 300 ms, and
 * most requests are for recent actions.
 */
const AGES_MS = [10_000, 600_000];
/** Bytes of text of one page; it ends with the row that exceeds them. */
export const PAGE_BYTES_MAX = 4 * 1024 * 1024;
/** Texts from this length on are longer than any that would be accepted, and are cut. In characters. */
const TEXT_MAX = PAYLOAD_BYTES_MAX;

const has = predicatesOf("queue");

/**
 * A page has as many items as requested, if there are, unless it would be too large.
 * @param newer rows that are not in the table, or that the table has without their end
 * @throws {TroupeError} `CURSOR_INVALID`.
 */
export async function listActions(
  table: StoredTable<"queue">,
  options: ActionQuery,
  newer: readonly ActionRow[] = [],
): Promise<ListPage<ActionRow>> {
  const limit = pageLimit(options.limit);
  const items: ActionRow[] = [];
  let bytes = 0;
  let query = { ...options, limit };
  for (;;) {
    const part = await readPart(table, query, { newer, bytesMax: PAGE_BYTES_MAX - bytes });
    const { next_cursor, isLarge } = part;
    items.push(...part.items);
    for (const row of part.items) bytes += sizeOf(row);
    const isFull = items.length === limit || isLarge || bytes >= PAGE_BYTES_MAX;
    if (next_cursor === null || (isFull && items.length > 0)) return { items, next_cursor };
    query = { ...query, limit: limit - items.length, cursor: next_cursor };
  }
}

interface PartOptions {
  readonly newer: readonly ActionRow[];
  readonly bytesMax: number;
}

interface Part extends ListPage<ActionRow> {
  /** True if it ends here because of its bytes. */
  readonly isLarge: boolean;
}

/** A part of a page: it lacks what was read and is about other agents. */
async function readPart(
  table: StoredTable<"queue">,
  options: ActionQuery & { readonly limit: number },
  { newer, bytesMax }: PartOptions,
): Promise<Part> {
  const { limit } = options;
  const after = options.cursor === undefined ? undefined : parseCursor(options.cursor);
  const where = filterOf(table, options);
  const others = newer.map((row) => ({ row, isShown: fits(row, options) }));
  const { part } = await rereadIfMoved(async () => {
    const stored = await readKeys(table, where, { after, limit });
    const keys = withOthers(stored, others, { after, limit });
    const onPage = withinBytes(keys.slice(0, limit), bytesMax);
    const rowIds = onPage.flatMap(({ _rowid }) => _rowid ?? []);
    const bounds = { textMax: TEXT_MAX, bytesMax };
    const { rows, left, hasMoved } = await readBounded<"queue", ActionRow>(table, rowIds, bounds);
    const last = rows.at(-1)?.rowId;
    const end = left > 0 ? onPage.findIndex(({ _rowid }) => _rowid === last) : onPage.length - 1;
    const found = new Map(rows.map(({ rowId, row }) => [rowId, row]));
    const items = onPage
      .slice(0, end + 1)
      .flatMap(({ row, _rowid }) => row ?? found.get(_rowid ?? -1n) ?? [])
      .filter((row) => isOf(row, options.agent_id))
      .map((row) => cutTexts(row, TEXT_MAX));
    // All that was read is in the part, but the table may have more: newer rows hide some that were read.
    const isWhole = end + 1 === keys.length;
    const further = stored.length > limit ? stored.at(-1) : undefined;
    const ended = isWhole ? further : onPage[end];
    const next_cursor = ended === undefined ? null : cursorAfter(ended, stored, after);
    const isLarge = end + 1 < Math.min(limit, keys.length);
    return { part: { items, next_cursor, isLarge }, hasMoved };
  });
  return part;
}

function filterOf(
  table: StoredTable<"queue">,
  { status, outcome, agent_id, action }: ActionQuery,
): Predicate {
  return all(
    status === "pending" ? isPendingIn(table) : undefined,
    status === "processed" ? has.is("processed", true) : undefined,
    outcome && has.is("outcome", outcome),
    agent_id === undefined ? undefined : isAbout(agent_id),
    action === undefined ? undefined : has.is("action", action),
  );
}

/**
 * Rows whose column or, if that is empty, whose payload names the agent. The first part is what an index can
 * answer. Those with the name elsewhere in the payload, such as in guidance, are left out afterwards.
 */
function isAbout(agentId: string): Predicate {
  const isNamed = has.is("agent_id", agentId);
  if (!isAgentId(agentId)) return isNamed;
  const isOpen = any(isNamed, has.is("agent_id", ""), has.isNull("agent_id"));
  return all(isOpen, any(isNamed, has.hasText("payload", "agent_id", [agentId])));
}

/** A row of the table by its address, or one that the table lacks. */
interface PlacedKey extends Key {
  readonly _rowid?: bigint;
  readonly row?: ActionRow;
}

interface StoredKey extends Key {
  readonly _rowid: bigint;
}

interface Other {
  readonly row: ActionRow;
  readonly isShown: boolean;
}

interface KeyOptions {
  readonly after: Position | undefined;
  readonly limit: number;
}

/** One more than the page holds, if there are that many. */
async function readKeys(
  table: StoredTable<"queue">,
  filter: Predicate,
  { after, limit }: KeyOptions,
): Promise<readonly StoredKey[]> {
  const wanted = limit + 1 + (after?.skip ?? 0);
  const where = all(filter, after && isAtOrAfter(after));
  const newest = after === undefined ? BigInt(Date.now()) : after.createdAt;
  for (const ageMs of newest === null ? [] : AGES_MS) {
    const isYoung = has.isAbove("created_at", (newest ?? 0n) - BigInt(ageMs));
    const keys = await readSorted(table, all(where, isYoung), wanted);
    if (keys.length === wanted) return withoutSkipped(keys, after);
  }
  return withoutSkipped(await readSorted(table, where, wanted), after);
}

function readSorted(
  table: StoredTable<"queue">,
  where: Predicate,
  limit: number,
): Promise<readonly StoredKey[]> {
  return table.read<StoredKey>({
    where,
    columns: ["created_at", "id"],
    order: [
      { column: "created_at", direction: "down" },
      { column: "id", direction: "down" },
    ],
    limit,
    withRowId: true,
    isExact: true,
  });
}

/**
 * The keys of a page and one more, those of other rows in their places. If the table has further rows,
 * other rows after the last key of the table are left to the next page.
 */
function withOthers(
  stored: readonly StoredKey[],
  others: readonly Other[],
  { after, limit }: KeyOptions,
): readonly PlacedKey[] {
  if (others.length === 0) return stored;
  const hidden = new Set(others.map(({ row }) => row.id));
  const last = stored.length > limit ? stored.at(-1) : undefined;
  const here = others
    .filter(({ isShown }) => isShown)
    .map(({ row }): PlacedKey => ({ created_at: BigInt(row.created_at), id: row.id, row }))
    .filter((key) => after === undefined || isPast(key, after))
    .filter((key) => last === undefined || compareKeys(key, last) <= 0);
  const there = stored.filter(({ id }) => id === null || !hidden.has(id));
  return [...there, ...here].sort(compareKeys);
}

/** Up to the row of the others that exceeds these bytes. */
function withinBytes(keys: readonly PlacedKey[], bytesMax: number): readonly PlacedKey[] {
  let bytes = 0;
  const end = keys.findIndex(({ row }) => {
    bytes += row === undefined ? 0 : sizeOf(row);
    return bytes > bytesMax;
  });
  return end < 0 ? keys : keys.slice(0, end + 1);
}

function sizeOf({ payload, metadata }: ActionRow): number {
  return payload.length + (metadata?.length ?? 0);
}

function cursorAfter(ended: Key, stored: readonly Key[], after: Position | undefined): string {
  // Further rows of the table may have the same key.
  const at = stored.indexOf(ended);
  const passed =
    at < 0 ? stored.filter((key) => compareKeys(key, ended) <= 0) : stored.slice(0, at + 1);
  const isOfTable = passed.length > 0 && compareKeys(passed.at(-1) as Key, ended) === 0;
  return makeCursor(isOfTable ? passed : [ended], after);
}

function isOf(row: ActionRow, agentId: string | undefined): boolean {
  return agentId === undefined || namedAgent(row) === agentId;
}

function fits(row: ActionRow, { status, outcome, agent_id, action }: ActionQuery): boolean {
  if (status !== undefined && row.processed !== (status === "processed")) return false;
  if (outcome !== undefined && row.outcome !== outcome) return false;
  if (!isOf(row, agent_id)) return false;
  return action === undefined || row.action === action;
}
