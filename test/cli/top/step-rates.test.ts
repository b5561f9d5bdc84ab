import { expect, test } from "vitest";
import { StepRate } from "../../../src/cli/top/step-rates.ts";

const start = 1_700_000_000_000;

test("a rate is told once five seconds are known", () => {
  const rate = new StepRate(start);
  rate.count(start);
  expect(rate.perMinute(start + 4_000)).toBeUndefined();
  expect(rate.perMinute(start + 6_000)).toBeCloseTo(10);
});

test("a steady rate stays what it is, however the minute is cut", () => {
  const rate = new StepRate(0);
  for (let at = start; at < start + 120_000; at += 500) rate.count(at);
  for (let now = start + 119_500; now < start + 125_000; now += 700) {
    const before = rate.perMinute(now) ?? 0;
    expect(before).toBeGreaterThan(105);
    expect(before).toBeLessThan(125);
  }
});

test("steps older than a minute do not count", () => {
  const rate = new StepRate(0);
  for (let n = 0; n < 100; n += 1) rate.count(start);
  expect(rate.perMinute(start + 70_000)).toBe(0);
});
