/** The list of actions, newest first, page by page, each page bounded in rows and in bytes. */

import type { ActionRow } from "../../model/action.ts";
import { PAYLOAD_BYTES_MAX } from "../../model/limits.ts";
import type { ActionFilter, ListPage, PageRequest } from "../../model/list-page.ts";
import { readBounded } from "../lance/bounded-read.ts";
import { all, any, type Predicate, predicatesOf } from "../lance/predicate.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import { decodeCursor, encodeCursor, invalidCursor, pageLimit } from "./cursor.ts";
import { isPendingIn } from "./pending-rows.ts";

/** The query of a request. */
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
/** Longest text that is shown whole, in characters; a longer one is cut to the second limit. */
const TEXT_MAX = PAYLOAD_BYTES_MAX;
const CUT_TEXT_MAX = 1_000;
/** Attempts to read the rows of a page, which compaction or an ack may move meanwhile. */
const TRIES_MAX = 3;

const has = predicatesOf("queue");

/** @throws {TroupeError} `CURSOR_INVALID`. */
export async function listActions(
  table: StoredTable<"queue">,
  options: ActionQuery,
): Promise<ListPage<ActionRow>> {
  const limit = pageLimit(options.limit);
  const after = options.cursor === undefined ? undefined : parseCursor(options.cursor);
  const where = filterOf(table, options);
  for (let attempt = 1; ; attempt++) {
    const keys = await readKeys(table, where, { after, limit });
    const onPage = keys.slice(0, limit);
    const rowIds = onPage.map(({ _rowid }) => _rowid);
    const bounds = { textMax: TEXT_MAX, bytesMax: PAGE_BYTES_MAX };
    const { rows, left } = await readBounded<"queue", ActionRow>(table, rowIds, bounds);
    const hasMoved = rows.length + left < onPage.length;
    if (hasMoved && attempt < TRIES_MAX) continue;
    const last = rows.at(-1)?.rowId;
    const end = left > 0 ? onPage.findIndex(({ _rowid }) => _rowid === last) : onPage.length - 1;
    const hasMore = end + 1 < keys.length && end >= 0;
    return {
      items: rows.map(({ row }) => shortened(row)),
      next_cursor: hasMore ? makeCursor(onPage.slice(0, end + 1), after) : null,
    };
  }
}

function filterOf(
  table: StoredTable<"queue">,
  { status, outcome, agent_id, action }: ActionQuery,
): Predicate {
  return all(
    status === "pending" ? isPendingIn(table) : undefined,
    status === "processed" ? has.is("processed", true) : undefined,
    outcome && has.is("outcome", outcome),
    agent_id === undefined ? undefined : has.is("agent_id", agent_id),
    action === undefined ? undefined : has.is("action", action),
  );
}

/** The time is as stored: a foreign row may have nanoseconds. */
interface Key {
  readonly created_at: bigint | null;
  readonly id: string | null;
  readonly _rowid: bigint;
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
): Promise<readonly Key[]> {
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
): Promise<readonly Key[]> {
  return table.read<Key>({
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

/** The end of a page. Rows with equal keys are distinguished by how many of them were returned. */
interface Position {
  readonly createdAt: bigint | null;
  /** The id, or the start of a long one. */
  readonly idStart: string;
  readonly isWholeId: boolean;
  readonly skip: number;
}

/** Characters of an id in a cursor, which is part of a URL. */
const CURSOR_ID_MAX = 200;

function positionOf({ created_at, id }: Key): Position {
  const characters = (id ?? "").slice(0, CURSOR_ID_MAX + 1);
  const isWholeId = characters.length <= CURSOR_ID_MAX;
  // Not within a surrogate pair.
  const idStart = isWholeId
    ? characters
    : characters.slice(0, CURSOR_ID_MAX).replace(/[\ud800-\udbff]$/, "");
  return { createdAt: created_at, idStart, isWholeId, skip: 0 };
}

function isSamePlace(a: Position, b: Position): boolean {
  return a.createdAt === b.createdAt && a.idStart === b.idStart && a.isWholeId === b.isWholeId;
}

function makeCursor(returned: readonly Key[], after: Position | undefined): string {
  const last = positionOf(returned.at(-1) as Key);
  const isLast = (key: Key) => isSamePlace(positionOf(key), last);
  const others = returned.findLastIndex((key) => !isLast(key));
  const isSameAsBefore = others < 0 && after !== undefined && isSamePlace(after, last);
  const skip = returned.length - 1 - others + (isSameAsBefore ? after.skip : 0);
  const { createdAt, idStart, isWholeId } = last;
  return encodeCursor([String(createdAt ?? ""), idStart, isWholeId ? 1 : 0, skip]);
}

function parseCursor(cursor: string): Position {
  const shape = ["string", "string", "number", "number"] as const;
  const [time = "", idStart = "", isWhole = 0, skip = 0] = decodeCursor(cursor, shape);
  if (!/^(-?\d{1,19})?$/.test(String(time)) || Number(skip) < 0) throw invalidCursor(cursor);
  const createdAt = time === "" ? null : BigInt(time);
  return { createdAt, idStart: String(idStart), isWholeId: isWhole === 1, skip: Number(skip) };
}

function withoutSkipped(keys: readonly Key[], after: Position | undefined): readonly Key[] {
  if (after === undefined) return keys;
  const firstOther = keys.findIndex((key) => !isSamePlace(positionOf(key), after));
  return keys.slice(Math.min(after.skip, firstOther < 0 ? keys.length : firstOther));
}

/** Nulls are last, as in the order. */
function isAtOrAfter({ createdAt, idStart, isWholeId }: Position): Predicate {
  const isOfId = isWholeId ? has.is("id", idStart) : has.startsWith("id", idStart);
  const isIdAfter = any(has.isBelow("id", idStart), isOfId, has.isNull("id"));
  if (createdAt === null) return all(has.isNull("created_at"), isIdAfter);
  return any(
    has.isBelow("created_at", createdAt),
    all(has.is("created_at", createdAt), isIdAfter),
    has.isNull("created_at"),
  );
}

/** Cuts texts that are longer than any that would be accepted. */
function shortened(row: ActionRow): ActionRow {
  const cut = (text: string) =>
    text.length < TEXT_MAX ? text : `${text.slice(0, CUT_TEXT_MAX).toWellFormed()}…`;
  const { id, action, agent_id, actor, payload, metadata } = row;
  return {
    ...row,
    id: cut(id),
    action: cut(action),
    agent_id: agent_id === null ? null : cut(agent_id),
    actor: cut(actor),
    payload: cut(payload),
    metadata: metadata === null ? null : cut(metadata),
  };
}
