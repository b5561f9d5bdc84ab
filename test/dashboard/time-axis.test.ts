import fc from "fast-check";
import { expect, test } from "vitest";
import {
  IDLE_WIDTH,
  makeAxis,
  Occupancy,
  ticksOf,
  timeAt,
  xOf,
} from "../../src/dashboard/state/time-axis.ts";

const hour = { since: 0, until: 3_600_000 };

test("an idle time takes the same few pixels, however long it is, and the rest its room", () => {
  const axis = makeAxis(hour, 1_000, [{ since: 600_000, until: 3_000_000 }]);
  expect(axis.parts.map(({ isIdle, width }) => [isIdle, Math.round(width)])).toEqual([
    [false, 483],
    [true, IDLE_WIDTH],
    [false, 483],
  ]);
  expect(xOf(axis, 0)).toBe(0);
  expect(Math.round(xOf(axis, 600_000))).toBe(483);
  expect(Math.round(xOf(axis, 3_600_000))).toBe(1_000);
});

test("short idle times are not folded, and nothing is if all is idle or no room is left", () => {
  expect(makeAxis(hour, 1_000, [{ since: 0, until: 9_000 }]).parts).toHaveLength(1);
  expect(makeAxis(hour, 1_000, [hour]).parts).toEqual([
    { ...hour, x: 0, width: 1_000, isIdle: false },
  ]);
  expect(makeAxis(hour, 130, [{ since: 0, until: 3_000_000 }]).parts).toHaveLength(1);
});

test("times lead to pixels and back, and never change their order", () => {
  const time = fc.integer({ min: 0, max: hour.until });
  const gaps = fc.uniqueArray(time, { minLength: 2, maxLength: 8 }).map((ends) => {
    const sorted = ends.sort((a, b) => a - b);
    return Array.from({ length: sorted.length >> 1 }, (_, n) => ({
      since: sorted[2 * n] as number,
      until: sorted[2 * n + 1] as number,
    }));
  });
  fc.assert(
    fc.property(gaps, time, time, (idle, one, other) => {
      const axis = makeAxis(hour, 1_200, idle);
      expect(timeAt(axis, xOf(axis, one))).toBeCloseTo(one, 0);
      expect(Math.sign(xOf(axis, one) - xOf(axis, other))).toBe(Math.sign(one - other));
      const width = axis.parts.reduce((sum, part) => sum + part.width, 0);
      expect(width).toBeCloseTo(1_200, 3);
    }),
  );
});

test("what no step touches is idle", () => {
  const busy = new Occupancy({ since: 1_000, until: 2_000 }, 10);
  busy.add(0, 1_050);
  busy.add(1_450, 1_550);
  busy.add(1_990, 5_000);
  busy.add(7_000, 8_000);
  expect(busy.idle()).toEqual([
    { since: 1_100, until: 1_400 },
    { since: 1_600, until: 1_900 },
  ]);
  expect(new Occupancy(hour, 4).idle()).toEqual([hour]);
});

test("labels are whole times, so far apart that they can be read, and none is in an idle time", () => {
  const axis = makeAxis(hour, 1_000, [{ since: 600_000, until: 3_000_000 }]);
  const ticks = ticksOf(axis, 200);
  expect(ticks).toEqual([0, 300_000, 3_000_000, 3_300_000]);
  const xs = ticks.map((tick) => xOf(axis, tick));
  for (const [n, x] of xs.entries())
    if (n > 0 && n !== 2) expect(x - (xs[n - 1] ?? 0)).toBeGreaterThan(199);
});
