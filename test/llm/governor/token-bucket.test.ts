import fc from "fast-check";
import { expect, test } from "vitest";
import { TokenBucket } from "../../../src/llm/governor/token-bucket.ts";

test("without a rate nobody waits", () => {
  const bucket = new TokenBucket();
  for (let n = 0; n < 1_000; n++) bucket.take(1, 0);
  expect(bucket.waitMs(0)).toBe(0);
});

test("it lets through its burst and then its rate", () => {
  const bucket = new TokenBucket();
  bucket.setRate(1 / 200, 3, 0);
  for (let n = 0; n < 3; n++) {
    expect(bucket.waitMs(0)).toBe(0);
    bucket.take(1, 0);
  }
  expect(bucket.waitMs(0)).toBeCloseTo(200);
  expect(bucket.waitMs(150)).toBeCloseTo(50);
  expect(bucket.waitMs(200)).toBe(0);
});

test("a debt is paid off first", () => {
  const bucket = new TokenBucket();
  bucket.setRate(1 / 10, 5, 0);
  bucket.take(25, 0);
  expect(bucket.waitMs(0)).toBeCloseTo(210);
});

test("no time holds more than rate and burst, whoever takes when", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300 }), (gaps) => {
      const bucket = new TokenBucket();
      bucket.setRate(1 / 100, 4, 0);
      let now = 0;
      let taken = 0;
      for (const gap of gaps) {
        now += gap;
        if (bucket.waitMs(now) > 0) continue;
        bucket.take(1, now);
        taken += 1;
        expect(taken).toBeLessThanOrEqual(4 + now / 100 + 1e-6);
      }
    }),
  );
});
