import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "../../src/model/backoff.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const attempt = fc.integer({ min: 1, max: 10_000 });
const limits = fc
  .tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 100_000 }))
  .map(([baseMs, more]) => ({ baseMs, maxMs: baseMs + more }));

test("backoff stays between half the base and the most", () => {
  fc.assert(
    fc.property(limits, attempt, chance, (backoff, n, luck) => {
      const ms = backoffMs(backoff, n, luck);
      expect(ms).toBeGreaterThanOrEqual(Math.floor(backoff.baseMs / 2));
      expect(ms).toBeLessThanOrEqual(backoff.maxMs);
    }),
  );
});

test("backoff never shrinks with further attempts at the same luck", () => {
  fc.assert(
    fc.property(limits, attempt, chance, (backoff, n, luck) => {
      expect(backoffMs(backoff, n + 1, luck)).toBeGreaterThanOrEqual(backoffMs(backoff, n, luck));
    }),
  );
});

test("backoff doubles until it meets the most", () => {
  const waits = [1, 2, 3, 4, 5, 6].map((n) => backoffMs({ baseMs: 100, maxMs: 1_000 }, n, 0));
  expect(waits).toEqual([50, 100, 200, 400, 500, 500]);
});
