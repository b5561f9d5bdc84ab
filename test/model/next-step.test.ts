import { expect, test } from "vitest";
import { type NextStep, nextColumns, nextStepOf } from "../../src/model/next-step.ts";

test.each<NextStep>([null, 0, 7_000, "guidance"])(
  "a next step of %s is kept by its columns",
  (next) => {
    expect(nextStepOf(nextColumns(next))).toBe(next);
  },
);

test("a next step is a time or what it waits for, and never both", () => {
  expect(nextColumns(7_000)).toEqual({ next_at: 7_000, next_on: null });
  expect(nextColumns("guidance")).toEqual({ next_at: null, next_on: "guidance" });
});
