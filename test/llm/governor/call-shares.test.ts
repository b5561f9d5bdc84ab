import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasRoom } from "../../../src/llm/governor/call-shares.ts";

/** Starts calls of one place as long as they may start. */
function fill(counts: number[], place: number, max: number): number {
  while (hasRoom(counts[place] ?? 0, counts, max)) counts[place] = (counts[place] ?? 0) + 1;
  return counts[place] ?? 0;
}

describe("calls in flight", () => {
  test("of the only place are all that are allowed", () => {
    expect(fill([0], 0, 64)).toBe(64);
  });

  test.each([
    [64, 2, 56],
    [8, 2, 7],
    [2, 2, 1],
    [1, 2, 1],
    [64, 100, 32],
  ])("of %i, one of %i places takes at most %i", (max, places, most) => {
    expect(
      fill(
        Array.from({ length: places }, () => 0),
        0,
        max,
      ),
    ).toBe(most);
  });

  test("never exceed what is allowed, and calls that hang leave room for each other place", () => {
    const cases = fc.record({
      max: fc.integer({ min: 1, max: 200 }),
      places: fc.integer({ min: 1, max: 20 }),
      starts: fc.array(fc.nat(), { maxLength: 400 }),
    });
    fc.assert(
      fc.property(cases, ({ max, places, starts }) => {
        const counts = Array.from({ length: places }, () => 0);
        for (const start of starts) {
          const place = start % places;
          if (hasRoom(counts[place] ?? 0, counts, max)) counts[place] = (counts[place] ?? 0) + 1;
        }
        for (const place of counts.keys()) {
          fill(counts, place, max);
          const total = counts.reduce((sum, count) => sum + count, 0);
          expect(total).toBeLessThanOrEqual(max);
        }
        if (max >= 2 * places) expect(Math.min(...counts)).toBeGreaterThan(0);
      }),
    );
  });
});
