import { expect, test } from "vitest";
import { ENQUEUE_ROWS_MAX } from "../../src/model/limits.ts";
import { batchesOf } from "../../src/picture/action-batches.ts";

const ids = Array.from({ length: 25_000 }, (_, n) => `agent${n}`);

test("a request has as many agents as it may, and all together have each once, in order", () => {
  const batches = batchesOf(ids, {});
  expect(batches.map(({ length }) => length)).toEqual([ENQUEUE_ROWS_MAX, ENQUEUE_ROWS_MAX, 5_000]);
  expect(batches.flat()).toEqual(ids);
  expect(batchesOf(["a"], {})).toEqual([["a"]]);
  expect(batchesOf([], {})).toEqual([]);
  expect(batchesOf(["a", "b", "c"], {}, 2)).toEqual([["a", "b"], ["c"]]);
});

test("large guidance makes requests smaller, but never empty", () => {
  const batches = batchesOf(ids, { guidance: { text: "x".repeat(16_000) } });
  const [first = []] = batches;
  expect(first.length * 16_000).toBeLessThan(16 * 2 ** 20);
  expect(batches.flat()).toEqual(ids);
  expect(batchesOf(["a", "b"], { guidance: "x".repeat(20 * 2 ** 20) })).toEqual([["a"], ["b"]]);
});
