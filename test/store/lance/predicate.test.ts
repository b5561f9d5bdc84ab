/** No text from outside gets out of its quotes, tried on a real table. */

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  all,
  any,
  firstCharacters,
  fragmentRange,
  groupByFragment,
  predicatesOf,
  quoteLiteral,
  rowIdIn,
} from "../../../src/store/lance/predicate.ts";
import { newAction } from "../../support/sample-rows.ts";
import { openForeign, openSample } from "../sample-store.ts";

const fragments = [
  "'",
  "''",
  "\\",
  "\\'",
  '"',
  "`",
  ";",
  "--",
  "/*",
  "*/",
  "%",
  "_",
  "\n",
  "\u0000",
];
const words = [" OR ", "'1'='1", "TRUE", "processed", "id", ")", "(", "$1", "?", "a", "\u2019"];
const evil = fc.oneof(
  fc
    .array(fc.constantFrom(...fragments, ...words), { maxLength: 6 })
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 10 }),
);
const has = predicatesOf("queue");

test("a filter on any text finds the rows with that text and no other", async () => {
  await using sample = await openSample();
  const seen = fc.sample(evil, { numRuns: 60, seed: 1 });
  const ids = [...new Set([...seen, "x' OR '1'='1", "'", "", "\\"])];
  await sample.store.queue.append(ids.map((id) => newAction({ id })));
  const table = await openForeign(sample.location, "queue");
  const find = async (where: string) =>
    (await table.query().where(where).select(["id"]).toArray()).map(
      (row: { id: string }) => row.id,
    );
  await fc.assert(
    fc.asyncProperty(fc.oneof(evil, fc.constantFrom(...ids)), async (id) => {
      const expected = ids.filter((other) => other === id);
      expect(await find(has.is("id", id))).toEqual(expected);
      expect(await find(has.isIn("id", [id, "no such id"]))).toEqual(expected);
      expect(await find(has.isNotIn("id", [id]))).toHaveLength(ids.length - expected.length);
    }),
    { numRuns: 60 },
  );
});

test("contains takes its text literally, in any case", async () => {
  await using sample = await openSample();
  const ids = ["100% Cats", "100_cats", "a\\b", "A'B", "plain"];
  await sample.store.queue.append(ids.map((id) => newAction({ id })));
  const table = await openForeign(sample.location, "queue");
  for (const part of ["%", "_", "\\", "'", "CATS", "a", "", "x' OR '1'='1"]) {
    const rows = await table.query().where(has.contains("id", part)).toArray();
    const expected = ids.filter((id) => id.toLowerCase().includes(part.toLowerCase()));
    expect(rows.map((row: { id: string }) => row.id)).toEqual(expected);
  }
});

test("undeclared columns and invalid numbers are refused", () => {
  expect(() => has.is("id = '' OR id" as "id", "x")).toThrow("queue has no column");
  expect(() => has.is("constructor" as "id", "x")).toThrow("queue has no column");
  expect(() => has.isAbove("created_at", Number.NaN)).toThrow(TypeError);
  expect(() => has.isAbove("created_at", 1.5)).toThrow(TypeError);
});

test("parts are joined in brackets, and empty ones mean all or nothing", () => {
  expect(all(any(has.is("id", "a"), has.isNull("error")), undefined)).toBe(
    "((id = 'a') OR (error IS NULL))",
  );
  expect(all()).toBe("true");
  expect(any()).toBe("false");
  expect(rowIdIn([])).toBe("false");
  expect(rowIdIn([1n, 2n ** 63n])).toBe("_rowid IN (1, 9223372036854775808)");
  expect(quoteLiteral(null)).toBe("NULL");
});

test("comparisons, prefixes and whole fragments are written as SQL", () => {
  expect(has.isBelow("created_at", 7)).toBe("created_at < 7");
  expect(has.isAtMost("created_at", 7)).toBe("created_at <= 7");
  expect(has.isAbove("created_at", 7)).toBe("created_at > 7");
  expect(all(has.isNull("error"), has.is("id", "a"))).toBe("(error IS NULL) AND (id = 'a')");
  expect(firstCharacters("payload", 20.9)).toBe("cast(left(payload, 20) as string)");
  expect(fragmentRange(2)).toBe("_rowid >= 8589934592 AND _rowid <= 12884901887");
  expect(() => quoteLiteral(0.5)).toThrow("must be a safe integer, got 0.5");
});

test("addresses are grouped by the fragment that they are in", () => {
  const at = (fragment: bigint, row: bigint) => (fragment << 32n) + row;
  const rowIds = [at(7n, 3n), at(2n, 0n), at(7n, 1n), at(0n, 5n)];
  expect(groupByFragment(rowIds)).toEqual([[at(7n, 3n), at(7n, 1n)], [at(2n, 0n)], [at(0n, 5n)]]);
  expect(groupByFragment([])).toEqual([]);
});
