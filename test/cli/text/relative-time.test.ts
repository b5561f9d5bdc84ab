import { expect, test } from "vitest";
import { fullTime, largestUnit, relativeTime } from "../../../src/cli/text/relative-time.ts";

test.each([
  [0, "now"],
  [999, "now"],
  [1_000, "1s ago"],
  [59_999, "59s ago"],
  [60_000, "1m ago"],
  [3_599_999, "59m ago"],
  [3_600_000, "1h ago"],
  [86_400_000 * 400, "400d ago"],
  [-5_000, "in 5s"],
])("%i ms ago reads %s", (ageMs, text) => {
  expect(relativeTime(1e12 - ageMs, 1e12)).toBe(text);
});

test("a duration reads in its largest unit", () => {
  expect([0, 1, 999.6, 1_500, 61_000].map(largestUnit)).toEqual([
    "0ms",
    "1ms",
    "1000ms",
    "1s",
    "1m",
  ]);
});

test("a time that no calendar has is shown as its number", () => {
  expect(fullTime(0, 2_000)).toBe("1970-01-01T00:00:00.000Z (2s ago)");
  expect(fullTime(9e15, 0)).toBe("9000000000000000");
});
