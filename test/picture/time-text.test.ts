import { expect, test } from "vitest";
import {
  ageText,
  clockText,
  dateText,
  durationText,
  fullTime,
  relativeTime,
} from "../../src/picture/time-text.ts";

test.each([
  [0, "now"],
  [999, "now"],
  [1_000, "1 s ago"],
  [59_999, "59 s ago"],
  [60_000, "1 min ago"],
  [3_599_999, "59 min ago"],
  [3_600_000, "1 h ago"],
  [47.9 * 3_600_000, "47 h ago"],
  [86_400_000 * 400, "400 d ago"],
  [-5_000, "in 5 s"],
])("%d ms ago reads %s", (ageMs, text) => {
  expect(relativeTime(1e12 - ageMs, 1e12)).toBe(text);
});

test("a duration has milliseconds below a second, and a decimal below ten", () => {
  expect([-1, 0, 3.4, 999.4, 999.6, 1_240, 9_940, 9_960, 59_999].map(durationText)).toEqual([
    "0 ms",
    "0 ms",
    "3 ms",
    "999 ms",
    "1.0 s",
    "1.2 s",
    "9.9 s",
    "9 s",
    "59 s",
  ]);
});

test("ages and durations are the same from ten seconds on", () => {
  for (const ms of [10_000, 61_000, 7_200_000, 3 * 86_400_000]) {
    expect(durationText(ms)).toBe(ageText(ms));
  }
});

test("a time that is not a date is shown as its number", () => {
  expect(fullTime(0, 2_000)).toBe("1970-01-01T00:00:00.000Z (2 s ago)");
  expect(fullTime(9e15, 0)).toBe("9000000000000000");
  expect(clockText(9e15)).toBe("9000000000000000");
  expect(dateText(9e15)).toBe("9000000000000000");
});
