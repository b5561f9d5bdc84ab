/** Pages over shards: whatever the parts and sizes, no item is lost or repeated, and the order holds. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { type ReadPage, readAdded, readMerged } from "../../../src/fleet/shards/merged-page.ts";
import { crc32 } from "../../../src/model/crc32.ts";
import { TroupeError } from "../../../src/model/errors.ts";
import type { ListPage, PageRequest } from "../../../src/model/list-page.ts";
import { inPages } from "../../support/in-pages.ts";

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** A shard's list by id, with cursors of its own. Pages may be shorter than their limit, as in a database. */
function partOf(ids: Set<string>, pageMax = 1_000): ReadPage<string> {
  return async ({ limit = 100, cursor = "" }: PageRequest): Promise<ListPage<string>> => {
    const rest = [...ids].sort(compare).filter((id) => cursor === "" || compare(id, cursor) > 0);
    const items = rest.slice(0, Math.min(limit, pageMax));
    return { items, next_cursor: rest.length > items.length ? (items.at(-1) ?? null) : null };
  };
}

function listOf(parts: readonly ReadPage<string>[]) {
  const onFault = (_index: number, error: unknown) => {
    throw error;
  };
  return { parts, compare, onFault };
}

const shardsOf = (ids: readonly string[], count: number) => {
  const parts = Array.from({ length: count }, () => new Set<string>());
  for (const id of ids) parts[crc32(id) % count]?.add(id);
  return parts;
};

const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 200 });
const count = fc.integer({ min: 1, max: 9 });
const limit = fc.integer({ min: 1, max: 60 });
const pageMax = fc.integer({ min: 1, max: 50 });

test("all pages together are the sorted list, and each is full but the last", async () => {
  await fc.assert(
    fc.asyncProperty(ids, count, limit, pageMax, async (all, shards, size, shardSize) => {
      const list = listOf(shardsOf(all, shards).map((part) => partOf(part, shardSize)));
      const found = await inPages(size, async (request) => {
        const page = await readMerged(list, request);
        if (page.next_cursor !== null) expect(page.items).toHaveLength(size);
        return page;
      });
      expect(found).toEqual([...all].sort(compare));
    }),
  );
});

test("items that are there throughout are listed once, whatever is added and removed meanwhile", async () => {
  const changes = fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.boolean()), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(ids, count, limit, changes, async (all, shards, size, changed) => {
      const parts = shardsOf(all, shards);
      const touched = new Set(changed.map(([id]) => id));
      const left = [...changed];
      // A change happens before every second reading of a part: also between the two of one page.
      let readings = 0;
      const list = listOf(
        parts.map((part, index) => async (page: PageRequest) => {
          readings += 1;
          const change = readings % 2 === 0 ? left.pop() : undefined;
          if (change?.[1] === true && crc32(change[0]) % shards === index) part.add(change[0]);
          if (change?.[1] === false) part.delete(change[0]);
          return await partOf(part)(page);
        }),
      );
      const found = await inPages(size, (page) => readMerged(list, page));
      const steady = all.filter((id) => !touched.has(id)).sort(compare);
      expect([...new Set(found)]).toHaveLength(found.length);
      expect(found.filter((id) => !touched.has(id)).sort(compare)).toEqual(steady);
    }),
  );
});

test("a part that fails is reported and left out, and continues where it was once it is back", async () => {
  const parts = shardsOf(["a", "b", "c", "d", "e", "f", "g", "h"], 2).map((part) => partOf(part));
  const whole = (await readMerged(listOf(parts), { limit: 8 })).items;
  let isDown = false;
  const [first, second] = parts as [ReadPage<string>, ReadPage<string>];
  const failing: ReadPage<string> = async (page) => {
    if (isDown) throw new TroupeError("SERVER_UNREACHABLE", "it is down");
    return await second(page);
  };
  const faults: number[] = [];
  const list = { parts: [first, failing], compare, onFault: (n: number) => void faults.push(n) };
  const start = await readMerged(list, { limit: 2 });
  isDown = true;
  const during = await readMerged(list, { limit: 1, cursor: start.next_cursor ?? "" });
  isDown = false;
  const rest = await readMerged(list, { limit: 8, cursor: during.next_cursor ?? "" });
  expect(faults).toEqual([1]);
  expect([...start.items, ...during.items, ...rest.items].sort(compare)).toEqual([...whole]);
});

test.each([
  "",
  "x",
  Buffer.from("[0]").toString("base64url"),
  Buffer.from("[0,{}]").toString("base64url"),
])("the cursor %j is refused", async (cursor) => {
  const list = listOf(shardsOf([], 2).map((part) => partOf(part)));
  await expect(readMerged(list, { cursor })).rejects.toMatchObject({ code: "CURSOR_INVALID" });
});

test("pages of a list without an order have each item of all parts once", async () => {
  await fc.assert(
    fc.asyncProperty(ids, count, pageMax, async (all, shards, shardSize) => {
      const list = listOf(shardsOf(all, shards).map((part) => partOf(part, shardSize)));
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await readAdded(list, cursor);
        found.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      expect(found.sort(compare)).toEqual([...all].sort(compare));
      await expect(readAdded(list, "x")).rejects.toMatchObject({ code: "CURSOR_INVALID" });
    }),
  );
});

test("a part that cannot be read is left out of an unordered page, and continues on the next one", async () => {
  const faults: number[] = [];
  const [one, other] = [partOf(new Set(["a", "b"]), 1), partOf(new Set(["c", "d"]), 1)];
  let isDown = true;
  const flaky: ReadPage<string> = async (page) => {
    if (isDown) throw new TroupeError("SERVER_UNREACHABLE", "down");
    return await other(page);
  };
  const list = { parts: [one, flaky], onFault: (index: number) => void faults.push(index) };
  const first = await readAdded(list, undefined);
  isDown = false;
  const second = await readAdded(list, first.next_cursor ?? "");
  expect([first.items, second.items, faults]).toEqual([["a"], ["b", "c"], [1]]);
});
