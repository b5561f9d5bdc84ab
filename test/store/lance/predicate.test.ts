/** No text from outside gets out of its quotes, tried on a real table. */

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  all,
  any,
  firstCharacters,
  fragmentRange,
  predicatesOf,
  quoteLiteral,
  rowIdIn,
  smallerParts,
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

test("a text of a key is found in JSON however it is written, and only that text", async () => {
  await using sample = await openSample();
  const payloads = [
    '{"agent_id": "a.1"}',
    '{ "x": 1,\n"agent_id" :\t"a.1" }',
    '{"agent_id":"a-1"}',
    '{"agent_id":"a.12"}',
  ];
  await sample.store.queue.append(
    payloads.map((payload, n) => newAction({ id: `row${n}`, created_at: n, payload })),
  );
  const table = await openForeign(sample.location, "queue");
  const found = await table
    .query()
    .where(has.hasText("payload", "agent_id", ["b".repeat(128), "a.1"]))
    .toArray();
  expect(found.map(({ id }: { id: string }) => id).toSorted()).toEqual(["row0", "row1"]);
  expect(has.hasText("payload", "agent_id", [])).toBe("false");
  for (const text of ["a'b", 'a"b', "a*", "(a", ""]) {
    expect(() => has.hasText("payload", "agent_id", ["a", text])).toThrow(TypeError);
  }
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

test("comparisons, prefixes and nulls select the rows on their side", async () => {
  await using sample = await openSample();
  await sample.store.queue.append([
    newAction({ id: "a%1", created_at: 6, metadata: "{}" }),
    newAction({ id: "a%2", created_at: 7 }),
    newAction({ id: "b'1", created_at: 8 }),
  ]);
  const table = await openForeign(sample.location, "queue");
  const times = async (where: string) =>
    (await table.query().where(where).select(["created_at"]).toArray())
      .map((row: { created_at: bigint }) => Number(row.created_at))
      .toSorted((one, other) => one - other);
  expect(await times(has.is("created_at", 7))).toEqual([7]);
  expect(await times(has.isBelow("created_at", 7))).toEqual([6]);
  expect(await times(has.isAtMost("created_at", 7))).toEqual([6, 7]);
  expect(await times(has.isAbove("created_at", 7))).toEqual([8]);
  expect(await times(has.isAtLeast("created_at", 7))).toEqual([7, 8]);
  expect(await times(has.isNull("metadata"))).toEqual([7, 8]);
  expect(await times(has.isNotNull("metadata"))).toEqual([6]);
  expect(await times(has.startsWith("id", "a%"))).toEqual([6, 7]);
  expect(await times(has.startsWith("id", "b'"))).toEqual([8]);
  expect(await times(has.isIn("created_at", []))).toEqual([]);
  expect(await times(has.isNotIn("created_at", []))).toEqual([6, 7, 8]);
  expect(await times(all(has.isAbove("created_at", 6), has.isBelow("created_at", 8)))).toEqual([7]);
  expect(await times(any(has.is("created_at", 6), has.is("created_at", 8)))).toEqual([6, 8]);
});

test("a value is assigned as it is, whatever it has in it", async () => {
  await using sample = await openSample();
  await sample.store.queue.append([newAction({ id: "1" })]);
  const table = await openForeign(sample.location, "queue");
  const assigned = [has.assign("actor", "it's \\ me"), has.assign("metadata", null)];
  await table.update(Object.fromEntries(assigned), { where: has.is("id", "1") });
  expect(await sample.store.queue.find("1")).toMatchObject({ actor: "it's \\ me", metadata: null });
});

test("whole fragments and the start of a text are written as SQL", () => {
  expect(firstCharacters("payload", 20.9)).toBe("cast(left(payload, 20) as string)");
  expect(fragmentRange(2)).toBe("_rowid >= 8589934592 AND _rowid <= 12884901887");
  expect(() => quoteLiteral(0.5)).toThrow("must be a safe integer, got 0.5");
  const hostile = { toString: () => "'x' OR true" } as never;
  expect(() => quoteLiteral(hostile)).toThrow("must be text, a number, true, false or null");
});

test("addresses are parted by their fragments, those of one fragment by batches, then in halves", () => {
  const at = (fragment: bigint, row: bigint) => (fragment << 32n) + row;
  const rowIds = [at(7n, 3n), at(2n, 0n), at(7n, 1n), at(0n, 5n)];
  expect(smallerParts(rowIds)).toEqual([[at(7n, 3n), at(7n, 1n)], [at(2n, 0n)], [at(0n, 5n)]]);
  const sizesOf = (count: number) => {
    const ofOne = Array.from({ length: count }, (_, row) => at(7n, BigInt(row)));
    const parts = smallerParts(ofOne);
    expect(parts.flat()).toEqual(ofOne);
    return parts.map(({ length }) => length);
  };
  expect(sizesOf(300)).toEqual([128, 128, 44]);
  expect(sizesOf(129)).toEqual([65, 64]);
  expect([sizesOf(3), sizesOf(2)]).toEqual([
    [2, 1],
    [1, 1],
  ]);
});
