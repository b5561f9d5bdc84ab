import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addRestart, type IntensityLimit } from "../../src/model/intensity.ts";

function restartAt(times: readonly number[], limit: IntensityLimit): boolean[] {
  let restarts: readonly number[] = [];
  return times.map((now) => {
    const next = addRestart(restarts, now, limit);
    restarts = next.restarts;
    return next.isExceeded;
  });
}

describe("restart intensity", () => {
  // OTP, "Maximum Restart Intensity": more than MaxR restarts within MaxT seconds give up.
  test("gives up at the restart after the last one allowed in the window", () => {
    expect(restartAt([0, 1, 2], { restartsMax: 2, windowMs: 10 })).toEqual([false, false, true]);
  });

  test("with 0 restarts allowed gives up at the first", () => {
    expect(restartAt([0], { restartsMax: 0, windowMs: 10 })).toEqual([true]);
  });

  test("counts a restart at the edge of the window and forgets it after", () => {
    expect(restartAt([0, 10], { restartsMax: 1, windowMs: 10 })).toEqual([false, true]);
    expect(restartAt([0, 11], { restartsMax: 1, windowMs: 10 })).toEqual([false, false]);
  });

  test("OTP's default, one restart in five seconds, allows a crash every six seconds forever", () => {
    const everySixSeconds = Array.from({ length: 100 }, (_, n) => n * 6_000);
    const limit = { restartsMax: 1, windowMs: 5_000 };
    expect(restartAt(everySixSeconds, limit)).not.toContain(true);
  });

  test("is exceeded exactly if more restarts than allowed are in the window", () => {
    const times = fc.array(fc.nat({ max: 50 }), { maxLength: 30 }).map((gaps) =>
      gaps.map(
        (
          (at) => (gap: number) =>
            (at += gap)
        )(0),
      ),
    );
    const limit = fc.record({
      restartsMax: fc.nat({ max: 5 }),
      windowMs: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(times, limit, (at, within) => {
        const naive = at.map((now, n) => {
          const inWindow = at.slice(0, n + 1).filter((time) => now - time <= within.windowMs);
          return inWindow.length > within.restartsMax;
        });
        expect(restartAt(at, within)).toEqual(naive);
      }),
    );
  });

  test("remembers only restarts that count", () => {
    const { restarts } = addRestart([0, 1, 2, 3], 1_000, { restartsMax: 9, windowMs: 10 });
    expect(restarts).toEqual([1_000]);
  });
});
