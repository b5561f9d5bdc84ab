/** A list read page by page. */

import { defined } from "../model/defined.ts";
import { PAGE_ITEMS_MAX } from "../model/limits.ts";
import type { ListPage, PageRequest } from "../model/list-page.ts";

export async function* eachItem<T>(
  read: (page: PageRequest) => Promise<ListPage<T>>,
): AsyncGenerator<T, void> {
  let cursor: string | undefined;
  do {
    const page = await read(defined({ limit: PAGE_ITEMS_MAX, cursor }));
    yield* page.items;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
