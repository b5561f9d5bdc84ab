/** The effects of one step, page by page, each page bounded in rows and in bytes. Pure. */

import type { EffectRow } from "../../model/effect.ts";
import type { ListPage, PageRequest } from "../../model/list-page.ts";
import { PAGE_BYTES_MAX } from "./action-pages.ts";
import { idIn, pageLimit, type SortKey, toPage } from "./cursor.ts";

/**
 * @param rows all effects of the step, oldest first
 * @throws {TroupeError} `CURSOR_INVALID`.
 */
export function pageOfStep(
  rows: readonly EffectRow[],
  { limit, cursor }: PageRequest,
): ListPage<EffectRow> {
  const after = idIn(cursor) ?? "";
  const left = rows.filter(({ effect_id }) => effect_id > after);
  return toPage(left, Math.min(pageLimit(limit), countWithinBytes(left)), keyOf);
}

/** Up to the row that exceeds the bytes of a page. */
function countWithinBytes(rows: readonly EffectRow[]): number {
  let bytes = 0;
  const end = rows.findIndex(({ input, value }) => {
    bytes += Buffer.byteLength(input ?? "") + Buffer.byteLength(value ?? "");
    return bytes > PAGE_BYTES_MAX;
  });
  return end < 0 ? rows.length : end + 1;
}

function keyOf({ effect_id }: EffectRow): SortKey {
  return [effect_id];
}
