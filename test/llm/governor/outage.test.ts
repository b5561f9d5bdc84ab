import { expect, test } from "vitest";
import { FAILURES_MAX, Outage } from "../../../src/llm/governor/outage.ts";

function failed(outage: Outage, times: number, now = 0): readonly boolean[] {
  return Array.from({ length: times }, () => outage.fail("gone", now, 0));
}

test("a model is down after failures in a row, and reports it once", () => {
  const outage = new Outage();
  expect(failed(outage, FAILURES_MAX + 1)).toEqual([false, false, true, false]);
  expect(outage.down).toEqual({ since: 0, reason: "gone" });
});

test("an answer in between starts the count again", () => {
  const outage = new Outage();
  failed(outage, FAILURES_MAX - 1);
  expect(outage.answer(1)).toBeUndefined();
  failed(outage, FAILURES_MAX - 1);
  expect(outage.down).toBeUndefined();
});

test("an answer to a call that was made before the failures does not count", () => {
  const outage = new Outage();
  failed(outage, FAILURES_MAX - 1, 1_000);
  outage.answer(999);
  expect(failed(outage, 1, 1_500)).toEqual([true]);
  expect(outage.answer(999)).toBeUndefined();
  expect(outage.answer(1_600)).toMatchObject({ since: 1_500 });
});

test("while it is down one call after the other is let through, at least every 5 s", () => {
  const outage = new Outage();
  failed(outage, FAILURES_MAX);
  let now = 0;
  for (let probe = 0; probe < 20; probe++) {
    const waitMs = outage.waitMs(now);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(5_000);
    now += waitMs;
    expect(outage.waitMs(now)).toBe(0);
    outage.start(now, 0.999);
  }
  expect(outage.answer(now)).toMatchObject({ since: 0 });
  expect(outage.waitMs(now)).toBe(0);
});
