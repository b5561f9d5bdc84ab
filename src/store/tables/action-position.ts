/** The places of actions in their list, newest first, and the cursors that name them. */

import { all, any, type Predicate, predicatesOf } from "../lance/predicate.ts";
import { decodeCursor, encodeCursor, invalidCursor } from "./cursor.ts";

const has = predicatesOf("queue");

/** The list's name in its cursors. */
const LIST = "actions";

/** The time is as stored: a foreign row may have nanoseconds. */
export interface Key {
  readonly created_at: bigint | null;
  readonly id: string | null;
}

/** The end of a page. Rows with equal keys are distinguished by how many of them were returned. */
export interface Position {
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

export function makeCursor(returned: readonly Key[], after: Position | undefined): string {
  const last = positionOf(returned.at(-1) as Key);
  const isLast = (key: Key) => isSamePlace(positionOf(key), last);
  const others = returned.findLastIndex((key) => !isLast(key));
  const isSameAsBefore = others < 0 && after !== undefined && isSamePlace(after, last);
  const skip = returned.length - 1 - others + (isSameAsBefore ? after.skip : 0);
  const { createdAt, idStart, isWholeId } = last;
  return encodeCursor(LIST, [String(createdAt ?? ""), idStart, isWholeId ? 1 : 0, skip]);
}

export function parseCursor(cursor: string): Position {
  const shape = ["string", "string", "number", "number"] as const;
  const [time = "", idStart = "", isWhole = 0, skip = 0] = decodeCursor(LIST, cursor, shape);
  if (!/^(-?\d{1,19})?$/.test(String(time)) || Number(skip) < 0) throw invalidCursor(cursor);
  const createdAt = time === "" ? null : BigInt(time);
  // A number that its column cannot hold is a fault of the request, not of the table.
  if (createdAt !== null && BigInt.asIntN(64, createdAt) !== createdAt) throw invalidCursor(cursor);
  return { createdAt, idStart: String(idStart), isWholeId: isWhole === 1, skip: Number(skip) };
}

export function withoutSkipped<K extends Key>(
  keys: readonly K[],
  after: Position | undefined,
): readonly K[] {
  if (after === undefined) return keys;
  const firstOther = keys.findIndex((key) => !isSamePlace(positionOf(key), after));
  return keys.slice(Math.min(after.skip, firstOther < 0 ? keys.length : firstOther));
}

/** Nulls are last, as in the order. */
export function isAtOrAfter({ createdAt, idStart, isWholeId }: Position): Predicate {
  const isOfId = isWholeId ? has.is("id", idStart) : has.startsWith("id", idStart);
  const isIdAfter = any(has.isBelow("id", idStart), isOfId, has.isNull("id"));
  if (createdAt === null) return all(has.isNull("created_at"), isIdAfter);
  return any(
    has.isBelow("created_at", createdAt),
    all(has.is("created_at", createdAt), isIdAfter),
    has.isNull("created_at"),
  );
}

/** The order of the list. Nulls are last. */
export function compareKeys(a: Key, b: Key): number {
  return descending(a.created_at, b.created_at) || compareIds(a.id, b.id);
}

/** True if the list has the key after the position, and not at it. */
export function isPast(key: Key, { createdAt, idStart }: Position): boolean {
  return compareKeys({ created_at: createdAt, id: idStart }, key) < 0;
}

function descending(a: bigint | null, b: bigint | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  return b === null || a > b ? -1 : 1;
}

/** As LanceDB: by the bytes of the text. */
function compareIds(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return Buffer.compare(Buffer.from(b), Buffer.from(a));
}
