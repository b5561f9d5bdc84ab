import { expect, test } from "vitest";
import {
  mergeSteps,
  olderSteps,
  STEPS_KEPT_MAX,
  withoutGap,
} from "../../src/dashboard/state/step-pages.ts";
import { stepRow } from "./sample-agents.ts";

const steps = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, n) => stepRow("a", from - n));
const numbers = (found: ReturnType<typeof steps>) => found.map(({ iteration }) => iteration);

test("each step is there once, newest first", () => {
  expect(numbers([...mergeSteps(steps(3, 1), steps(5, 2))])).toEqual([5, 4, 3, 2, 1]);
});

test("older steps stay if the newest page connects to them", () => {
  expect(withoutGap(steps(6, 1), steps(8, 5))).toHaveLength(6);
  expect(withoutGap(steps(6, 1), [])).toHaveLength(6);
});

test("older steps are dropped if some were missed, and those from events stay", () => {
  const known = [stepRow("a", 101), ...steps(6, 1)];
  expect(numbers([...withoutGap(known, steps(100, 51))])).toEqual([101]);
});

test("older steps can be loaded until there are none or no room for them", () => {
  expect(olderSteps(steps(50, 2), "next")).toBe("loadable");
  expect(olderSteps(steps(50, 1), null)).toBe("none");
  const full = mergeSteps(steps(STEPS_KEPT_MAX + 10, 11), steps(10, 1));
  expect(full.at(-1)?.iteration).toBe(11);
  expect(olderSteps(full, "next")).toBe("no_room");
  expect(olderSteps(full, null)).toBe("no_room");
  expect(olderSteps(steps(STEPS_KEPT_MAX, 1), null)).toBe("none");
});
