import { expect, test } from "vitest";
import {
  allSteps,
  mergeSteps,
  noPages,
  olderSteps,
  STEPS_KEPT_MAX,
  withBreak,
  withNewest,
  withOlder,
  withStep,
} from "../../src/dashboard/state/step-pages.ts";
import { stepRow } from "./sample-agents.ts";

const steps = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, n) => stepRow("a", from - n));
const numbers = (found: readonly { readonly iteration: number }[]) =>
  found.map(({ iteration }) => iteration);

test("each step is there once, newest first", () => {
  expect(numbers([...mergeSteps(steps(3, 1), steps(5, 2))])).toEqual([5, 4, 3, 2, 1]);
});

const page = (from: number, to: number, next_cursor: string | null = `before ${to}`) => ({
  items: steps(from, to),
  next_cursor,
});

test("older steps stay if the newest page connects to them, and so does their cursor", () => {
  const before = withNewest(noPages, page(6, 1, null), 0);
  expect(numbers(allSteps(before))).toEqual([6, 5, 4, 3, 2, 1]);
  const after = withNewest(withBreak(before), page(8, 5), 1);
  expect(numbers(allSteps(after))).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  expect(after.cursor).toBeNull();
  expect(allSteps(withNewest(withBreak(before), { items: [], next_cursor: null }, 1))).toEqual(
    allSteps(before),
  );
});

test("older steps are dropped if some were missed, and those of events since stay", () => {
  const before = withNewest(noPages, page(6, 1, null), 0);
  // The first events after the break are there before the page, and on it.
  const early = withStep(withStep(withBreak(before), stepRow("a", 100)), stepRow("a", 101));
  const after = withNewest(early, page(100, 51), 1);
  expect(numbers(allSteps(after))).toEqual(numbers(steps(101, 51)));
  expect(after.cursor).toBe("before 51");
});

test("steps of events before a break connect to the page after it", () => {
  const live = withStep(withNewest(noPages, page(6, 1, null), 0), stepRow("a", 7));
  const after = withNewest(withBreak(live), page(12, 7), 1);
  expect(numbers(allSteps(after))).toEqual(numbers(steps(12, 1)));
});

test("a page from before a further break is not used, nor are events between the two", () => {
  const before = withNewest(noPages, page(6, 1, null), 0);
  const between = withStep(withBreak(before), stepRow("a", 20));
  const twice = withBreak(between);
  expect(withNewest(twice, page(20, 15), 1)).toBe(twice);
  const after = withNewest(twice, page(40, 35), 2);
  expect(numbers(allSteps(after))).toEqual(numbers(steps(40, 35)));
});

test("a page of older steps brings the cursor of the next one", () => {
  const older = withOlder(withNewest(noPages, page(9, 5), 0), page(4, 3));
  expect(numbers(allSteps(older))).toEqual(numbers(steps(9, 3)));
  expect(older.cursor).toBe("before 3");
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
