import { describe, expect, test } from "vitest";
import { checkStepRange, countedTime } from "../../src/model/step-filter.ts";

const HOUR_MS = 3_600_000;

describe("the time of steps", () => {
  test.each([{}, { since: 5 }, { until: 1 }, { since: 5, until: 6 }])("%j has steps", (range) => {
    expect(() => checkStepRange(range)).not.toThrow();
  });

  test.each([{ since: 5, until: 5 }, { since: 6, until: 5 }, { until: 0 }])(
    "%j has none, and is refused with both ends",
    (range) => {
      const { since = 0, until } = range;
      expect(() => checkStepRange(range)).toThrow(
        expect.objectContaining({
          code: "STEP_TIME_INVALID",
          message: `since must be earlier than until, got since ${since} and until ${until}`,
        }),
      );
    },
  );
});

describe("the time that is counted", () => {
  test("is the last hour in sixty buckets, if nothing is said", () => {
    const now = 10 * HOUR_MS;
    expect(countedTime({}, now)).toEqual({ since: 9 * HOUR_MS, until: now, bucketMs: 60_000 });
    expect(countedTime({ until: 1_000 }, now)).toEqual({ since: 0, until: 1_000, bucketMs: 17 });
  });

  test("has its own ends and buckets", () => {
    const filter = { since: 100, until: 400, bucketMs: 7 };
    expect(countedTime(filter, 9_999)).toEqual(filter);
    expect(countedTime({ since: 100, until: 400 }, 9_999)).toEqual({ ...filter, bucketMs: 5 });
  });

  test("is refused if it is empty", () => {
    expect(() => countedTime({ since: 10 }, 10)).toThrow(/since must be earlier than until/);
  });

  test("has at most 2,000 buckets", () => {
    const range = { since: 0, until: 4_001 };
    expect(countedTime({ ...range, bucketMs: 3 }, 0).bucketMs).toBe(3);
    const later = { since: HOUR_MS, until: HOUR_MS + 4_001 };
    expect(countedTime({ ...later, bucketMs: 3 }, 0).bucketMs).toBe(3);
    expect(() => countedTime({ ...later, bucketMs: 2 }, 0)).toThrow(
      expect.objectContaining({
        code: "STEP_TIME_INVALID",
        message: expect.stringMatching(/^bucket_ms must be at least 3 for the 4001 ms .* got 2$/),
      }),
    );
  });
});
