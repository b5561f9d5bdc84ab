/**
 * The opaque cursors that lead from one page of a list to the next. Each names its list: the position in
 * another list would be read as one in this list, and a page would silently lack items.
 */

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

export function encodeCursor(list: string, key: SortKey): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString("base64url");
}

/**
 * The inverse of {@link encodeCursor}; `shape` names the type of each part of the key.
 * @throws {TroupeError} `CURSOR_INVALID` for anything that {@link encodeCursor} did not make for this list.
 */
export function decodeCursor(
  list: string,
  cursor: string,
  shape: readonly ("string" | "number")[],
): SortKey {
  const parts =
    cursor.length > CURSOR_LENGTH_MAX
      ? undefined
      : parseJson(Buffer.from(cursor, "base64url").toString());
  if (!Array.isArray(parts) || parts[0] !== list) throw invalidCursor(cursor);
  const key = parts.slice(1);
  // Not only the shape: the decoder passes over characters that are not base64.
  if (hasShape(key, shape) && encodeCursor(list, key as SortKey) === cursor) return key as SortKey;
  throw invalidCursor(cursor);
}

/** The cursors of a list that is sorted by id alone. */
export class IdCursors {
  readonly #list: string;

  /** @param list a name that no other list has */
  constructor(list: string) {
    this.#list = list;
  }

  after(id: string): string {
    return encodeCursor(this.#list, [id]);
  }

  /** The inverse of {@link after}; undefined without a cursor. @throws {TroupeError} `CURSOR_INVALID`. */
  idIn(cursor: string | undefined): string | undefined {
    return cursor === undefined
      ? undefined
      : String(decodeCursor(this.#list, cursor, ["string"])[0]);
  }
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

export interface IdList<T> {
  readonly cursors: IdCursors;
  readonly idOf: (row: T) => string;
}

/** Makes a page of a list that is sorted by id. @param rows one more than the page holds, if there are that many */
export function toPage<T>(
  rows: readonly T[],
  limit: number,
  { cursors, idOf }: IdList<T>,
): ListPage<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, next_cursor: hasMore ? cursors.after(idOf(last)) : null };
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
