/** Reads a list as its users do who follow cursors. */

import { defined } from "../../src/model/defined.ts";
import type { ListPage, PageRequest } from "../../src/model/list-page.ts";

/** All items of a list, read in pages of at most `limit`. */
export async function inPages<T>(
  limit: number,
  read: (page: PageRequest) => Promise<ListPage<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(defined({ limit, cursor }));
    if (page.items.length > limit) throw new Error(`${page.items.length} items, not ${limit}`);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
