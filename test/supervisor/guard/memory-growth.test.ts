/** The climb: when the process's memory says that agents should be asked for theirs. */

import { expect, test } from "vitest";
import { MemoryGrowth } from "../../../src/supervisor/guard/memory-growth.ts";

const MIB = 2 ** 20;

/** How often the sizes, in MiB, count as a climb. */
function climbs(sizes: readonly number[]): number {
  const climb = new MemoryGrowth();
  return sizes.filter((size) => climb.hasGrown(size * MIB)).length;
}

test("a process that does not grow is never reported", () => {
  expect(climbs(new Array(1_000).fill(200))).toBe(0);
});

test("the noise of collected garbage is not growth", () => {
  expect(climbs(Array.from({ length: 1_000 }, (_, n) => 200 + (n % 10)))).toBe(0);
});

test("a fast runaway has grown at each check", () => {
  expect(climbs(Array.from({ length: 10 }, (_, n) => 100 + n * 50))).toBe(9);
});

test("a slow leak adds up", () => {
  expect(climbs(Array.from({ length: 641 }, (_, n) => 100 + n / 10))).toBe(4);
});

test("growth after freed memory is reported again", () => {
  expect(climbs([300, 100, 110, 117])).toBe(1);
});

test("a large process must grow by more", () => {
  expect(climbs([6_400, 6_450])).toBe(0);
  expect(climbs([6_400, 6_510])).toBe(1);
});
