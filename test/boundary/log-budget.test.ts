/** The log lines of all agents together, second by second. */

import { expect, test } from "vitest";
import {
  FLEET_LINES_PER_SECOND_MAX,
  LogBudget,
  makeLogBudget,
} from "../../src/boundary/log-budget.ts";
import { useFakeClock } from "../support/fake-clock.ts";

/** How many of so many lines of one agent are let through, one after the other. */
function takeLines(budget: LogBudget, count: number): number {
  return Array.from({ length: count }, (_, n) => budget.take(n + 1)).filter(Boolean).length;
}

test("all agents share a number of lines in each second; beyond that each has two", () => {
  using _clock = useFakeClock();
  const shared = makeLogBudget();
  const [one, other] = [new LogBudget(shared), new LogBudget(shared)];
  expect(takeLines(one, FLEET_LINES_PER_SECOND_MAX - 1)).toBe(FLEET_LINES_PER_SECOND_MAX - 1);
  expect([other.take(3), other.take(3)]).toEqual([true, false]);
  expect([other.take(1), other.take(2), other.take(3)]).toEqual([true, true, false]);
  expect(one.take(FLEET_LINES_PER_SECOND_MAX)).toBe(false);
});

test("a new second brings new lines, and only a new one", async () => {
  using clock = useFakeClock();
  await clock.advance(1_000 - (Date.now() % 1_000));
  const budget = new LogBudget(makeLogBudget());
  const count = FLEET_LINES_PER_SECOND_MAX;
  expect(takeLines(budget, count + 10)).toBe(count);
  await clock.advance(999);
  expect(budget.take(3)).toBe(false);
  await clock.advance(1);
  expect(takeLines(budget, count + 10)).toBe(count);
});
