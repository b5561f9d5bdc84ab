/** A list read page by page. */

import { defined } from "../model/defined.ts";
import { PAGE_ITEMS_MAX } from "../model/limits.ts";
import type { ListPage, PageRequest } from "../model/list-page.ts";
import { checkFilter, type Iteration } from "./read-checks.ts";

/** @throws {TroupeError} `REQUEST_INVALID` on the first `next`, if the filter is none of this iteration. */
export async function* eachItem<F extends object, T>(
  iteration: Iteration,
  filter: F,
  read: (options: F & PageRequest) => Promise<ListPage<T>>,
): AsyncGenerator<T, void> {
  checkFilter(iteration, filter);
  let cursor: string | undefined;
  do {
    const page = await read({ ...filter, ...defined({ limit: PAGE_ITEMS_MAX, cursor }) });
    yield* page.items;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

export function mapPage<Row, Item>(page: ListPage<Row>, show: (row: Row) => Item): ListPage<Item> {
  return { ...page, items: page.items.map(show) };
}
