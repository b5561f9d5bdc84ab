import { expect, test } from "vitest";
import { LearnedRate } from "../../../src/llm/governor/learned-rate.ts";

function starts(learned: LearnedRate, count: number, now: number): void {
  for (let n = 0; n < count; n++) learned.start(now);
}

test("nothing is known before a refusal", () => {
  const learned = new LearnedRate();
  starts(learned, 100, 0);
  learned.grow(1_000);
  expect(learned.rate).toBe(Number.POSITIVE_INFINITY);
});

test("a fixed window is measured by what was accepted until the next one", () => {
  const learned = new LearnedRate();
  starts(learned, 310, 1_000);
  for (let n = 0; n < 10; n++) learned.refuse();
  learned.endCycle(61_000);
  expect(learned.rate * 60_000).toBeCloseTo(294, 5);
});

test("a cycle in which nothing was accepted continues", () => {
  const learned = new LearnedRate();
  starts(learned, 300, 0);
  learned.endCycle(10_000);
  const first = learned.rate;
  learned.start(10_000);
  learned.refuse();
  learned.endCycle(20_000);
  expect(learned.rate).toBe(first);
  starts(learned, 300, 60_000);
  learned.endCycle(70_000);
  expect(learned.rate).toBeCloseTo((0.98 * 300) / 60_000, 8);
});

test("short cycles are measured together", () => {
  const learned = new LearnedRate();
  starts(learned, 50, 0);
  for (let second = 1; second <= 200; second++) {
    learned.endCycle(second * 1_000);
    starts(learned, 4 + (second % 3), second * 1_000);
  }
  expect(learned.rate * 1_000).toBeCloseTo(0.98 * 5, 1);
});

test("the rate rises by a few percent a minute, faster when no refusal comes", () => {
  const learned = new LearnedRate();
  starts(learned, 100, 0);
  learned.endCycle(100_000);
  const rates = [1, 2, 3, 4, 5, 6, 7].map((minute) => {
    for (let s = 0; s < 60; s++) learned.grow(100_000 + minute * 60_000 - 60_000 + s * 1_000);
    return learned.rate;
  });
  const growths = rates.slice(1).map((rate, n) => rate / (rates[n] ?? 1));
  expect(growths[0]).toBeLessThan(1.05);
  expect(growths.at(-1)).toBeGreaterThan(1.5);
});
