/** The newest rows of a list that is read page by page, back to a time. Pure. */

/** Milliseconds that the page's idea of the server's time may be off. */
const CLOCK_ERROR_MS_MAX = 10_000;

/** @param pages newest first; no more of them are read than are needed */
export async function rowsSince<T extends { readonly created_at: number }>(
  pages: AsyncIterable<readonly T[]>,
  time: number,
): Promise<readonly T[]> {
  const rows: T[] = [];
  for await (const page of pages) {
    rows.push(...page);
    const oldest = page.at(-1)?.created_at ?? 0;
    if (oldest < time - CLOCK_ERROR_MS_MAX) break;
  }
  return rows;
}
