/** The opaque cursors that lead from one page of a list to the next. */

import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import { PAGE_ITEMS_MAX } from "../../model/limits.ts";
import type { ListPage } from "../../model/list-page.ts";
import { parseJson } from "../../model/parse-json.ts";

const PAGE_ITEMS_DEFAULT = 100;

/** The sort key of the last row of a page. */
type SortKey = readonly (string | number)[];

/** Longest accepted cursor, in characters. */
const CURSOR_LENGTH_MAX = 8 * 1024;

export function encodeCursor(key: SortKey): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/**
 * The inverse of {@link encodeCursor}; `shape` names the type of each part.
 * @throws {TroupeError} `CURSOR_INVALID` for anything that {@link encodeCursor} did not make.
 */
export function decodeCursor(cursor: string, shape: readonly ("string" | "number")[]): SortKey {
  const key =
    cursor.length > CURSOR_LENGTH_MAX
      ? undefined
      : parseJson(Buffer.from(cursor, "base64url").toString());
  if (Array.isArray(key) && hasShape(key, shape)) return key;
  throw invalidCursor(cursor);
}

/** The cursor of a list that is sorted by id alone. */
export function idCursor(id: string): string {
  return encodeCursor([id]);
}

/** The inverse of {@link idCursor}; undefined without a cursor. @throws {TroupeError} `CURSOR_INVALID`. */
export function idIn(cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : String(decodeCursor(cursor, ["string"])[0]);
}

export function invalidCursor(cursor: string): TroupeError {
  return new TroupeError(
    "CURSOR_INVALID",
    `cursor must be a next_cursor of the same list, got ${excerpt(cursor)}`,
  );
}

/** At least 1, at most 1,000, by default 100. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(Math.max(Math.trunc(limit ?? PAGE_ITEMS_DEFAULT), 1), PAGE_ITEMS_MAX);
}

/** Makes a page of a list that is sorted by id. @param rows one more than the page holds, if there are that many */
export function toPage<T>(
  rows: readonly T[],
  limit: number,
  idOf: (row: T) => string,
): ListPage<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, next_cursor: hasMore ? idCursor(idOf(last)) : null };
}

function hasShape(key: readonly unknown[], shape: readonly string[]): boolean {
  return (
    key.length === shape.length &&
    shape.every((type, index) => {
      const part = key[index];
      return typeof part === type && (type !== "number" || Number.isSafeInteger(part));
    })
  );
}
