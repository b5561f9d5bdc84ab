/** A list that is in memory as a whole: in one page, or in pages if a limit is requested. */

import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import type { ListPage, PageRequest } from "../../model/list-page.ts";

export interface ShortList<T> {
  /** A name that no other list has. */
  readonly list: string;
  readonly items: readonly T[];
  /** What no two items share. */
  readonly nameOf: (item: T) => string;
}

/** @throws {TroupeError} `CURSOR_INVALID`. */
export function pageOfShort<T>(
  { list, items, nameOf }: ShortList<T>,
  { limit = items.length, cursor }: PageRequest,
): ListPage<T> {
  const cursorOf = (item: T) =>
    Buffer.from(JSON.stringify([list, nameOf(item)])).toString("base64url");
  const before = items.findIndex((item) => cursorOf(item) === cursor);
  if (cursor !== undefined && before < 0) {
    const message = `cursor must be a next_cursor of the same list, got ${excerpt(cursor)}`;
    throw new TroupeError("CURSOR_INVALID", message);
  }
  const page = items.slice(before + 1, before + 1 + limit);
  const last = page.at(-1);
  const hasMore = before + 1 + page.length < items.length && last !== undefined;
  return { items: page, next_cursor: hasMore ? cursorOf(last) : null };
}
