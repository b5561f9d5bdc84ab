import { expect, test } from "vitest";
import { StepRate } from "../../src/picture/step-rate.ts";

const start = 1_700_000_000_000;

test("there is no rate before five seconds were counted", () => {
  const rate = new StepRate(start);
  rate.add(start);
  expect(rate.perMinute(start + 4_000)).toBeUndefined();
  expect(rate.perMinute(start + 6_000)).toBeCloseTo(10);
});

test("a steady rate stays the same wherever the minute starts", () => {
  const rate = new StepRate(0);
  for (let at = start; at < start + 120_000; at += 500) rate.add(at);
  for (let now = start + 119_500; now < start + 125_000; now += 700) {
    expect(rate.perMinute(now)).toBeGreaterThan(105);
    expect(rate.perMinute(now)).toBeLessThan(125);
  }
});

test("steps older than a minute do not count, even if another clock has read the rate before", () => {
  const rate = new StepRate(0);
  rate.add(start, 100);
  expect(rate.perMinute(start + 70_000)).toBe(0);
  expect(rate.perMinute(start + 20_000)).toBeGreaterThan(90);
  rate.add(start + 600_000);
  rate.add(start);
  expect(rate.perMinute(start + 600_000)).toBeLessThan(2);
});
