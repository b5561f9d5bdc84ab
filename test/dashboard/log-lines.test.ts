/** The log lines that the page keeps. */

import { expect, test } from "vitest";
import { matchesLine, mergeLines } from "../../src/dashboard/state/log-lines.ts";
import type { LogLine } from "../../src/model/agent-inside.ts";

const line = (n: number, given: Partial<LogLine> = {}): LogLine => ({
  n,
  at: n,
  level: "info",
  message: `line ${n}`,
  fields: null,
  generation: 1,
  ...given,
});
const numbers = (lines: readonly LogLine[]) => lines.map(({ n }) => n);

test("lines that arrive twice, or out of order, are kept once and in order", () => {
  const known = mergeLines([], [line(1), line(2)]);
  expect(numbers(mergeLines(known, [line(3)]))).toEqual([1, 2, 3]);
  expect(numbers(mergeLines([line(5)], [line(3), line(4), line(5)]))).toEqual([3, 4, 5]);
  expect(mergeLines(known, [])).toBe(known);
});

test("the newest 500 lines are kept", () => {
  const many = Array.from({ length: 600 }, (_, n) => line(n + 1));
  expect(numbers(mergeLines(many.slice(0, 400), many.slice(400)))).toEqual(
    Array.from({ length: 500 }, (_, n) => n + 101),
  );
});

test("a filter finds its words in level, message and fields", () => {
  const warned = line(1, {
    level: "warn",
    message: "The lamp is out",
    fields: { room: "kitchen" },
  });
  expect(matchesLine(warned, "LAMP kitchen")).toBe(true);
  expect(matchesLine(warned, "warn")).toBe(true);
  expect(matchesLine(warned, "lamp garden")).toBe(false);
});

test("lines of the next process are added to those before it", () => {
  const seed = 1_024;
  const before = [line(1), line(2)];
  expect(numbers(mergeLines(before, [line(seed + 1)]))).toEqual([1, 2, seed + 1]);
});
