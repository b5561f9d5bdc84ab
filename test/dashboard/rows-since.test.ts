import { expect, test } from "vitest";
import { rowsSince } from "../../src/dashboard/state/rows-since.ts";

test("rows are read page by page until they are older than the time", async () => {
  let read = 0;
  async function* pages() {
    for (const newest of [90_000, 70_000, 50_000, 30_000]) {
      read += 1;
      yield [{ created_at: newest }, { created_at: newest - 10_000 }];
    }
  }
  const rows = await rowsSince(pages(), 65_000);
  // The clock of the page may be off by ten seconds.
  expect(rows.map(({ created_at }) => created_at)).toEqual([
    90_000, 80_000, 70_000, 60_000, 50_000, 40_000,
  ]);
  expect(read).toBe(3);
});

test("a list without rows has none", async () => {
  async function* pages() {
    yield [] as { created_at: number }[];
  }
  expect(await rowsSince(pages(), 0)).toEqual([]);
});
