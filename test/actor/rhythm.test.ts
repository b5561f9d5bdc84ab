/** When the next step is due. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextDue, STEP_BACKOFF, stepBackoffMs, untilTime } from "../../src/actor/rhythm.ts";
import { RETRY_AFTER_MS_MAX } from "../../src/model/llm-call.ts";

const ms = fc.integer({ min: 0, max: 86_400_000 });
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("untilTime", () => {
  test.each([
    { why: "a clock that runs", now: 1_000, latestMs: 500, expected: 500 },
    { why: "a clock set back by an hour", now: 1_000 - 3_600_000, latestMs: 500, expected: 500 },
    { why: "a machine that slept", now: 1_600, latestMs: 500, expected: -100 },
    { why: "a named time", now: -1_000, latestMs: Number.POSITIVE_INFINITY, expected: 2_500 },
  ])("$why", ({ now, latestMs, expected }) => {
    expect(untilTime({ at: 1_500, now }, latestMs)).toBe(expected);
  });
});

describe("nextDue", () => {
  test.each([
    { why: "on time", dueAt: 1_000, startedAt: 1_000, expected: 1_100 },
    { why: "a little late keeps the rate", dueAt: 1_000, startedAt: 1_030, expected: 1_100 },
    {
      why: "one whole interval late keeps the rate",
      dueAt: 1_000,
      startedAt: 1_100,
      expected: 1_100,
    },
    { why: "later than that begins anew", dueAt: 1_000, startedAt: 1_101, expected: 1_201 },
    { why: "before its time begins anew", dueAt: 1_000, startedAt: 950, expected: 1_050 },
  ])("$why", ({ dueAt, startedAt, expected }) => {
    expect(nextDue({ dueAt, startedAt, intervalMs: 100 })).toBe(expected);
  });

  test("is never more than one interval after the start, nor before it", () => {
    fc.assert(
      fc.property(ms, ms, ms, (dueAt, startedAt, intervalMs) => {
        const due = nextDue({ dueAt, startedAt, intervalMs });
        expect(due).toBeGreaterThanOrEqual(startedAt);
        expect(due).toBeLessThanOrEqual(startedAt + intervalMs);
      }),
    );
  });

  test("does not drift: steps that always start late keep the number of steps in a time", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1 }), (lateness) => {
        let dueAt = 0;
        for (const late of lateness) {
          dueAt = nextDue({ dueAt, startedAt: dueAt + late, intervalMs: 100 });
        }
        expect(dueAt).toBe(lateness.length * 100);
      }),
    );
  });
});

describe("stepBackoffMs", () => {
  const error = { code: "LLM_UNAVAILABLE", message: "down" };
  const asking = (retryAfter: unknown) => ({
    code: "LLM_RATE_LIMITED",
    message: "429",
    details: { retry_after_ms: retryAfter },
  });

  test("grows with the failures within its bounds and is never zero", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), chances, (failures, chance) => {
        const wait = stepBackoffMs(error, failures, chance);
        expect(wait).toBeGreaterThanOrEqual(STEP_BACKOFF.baseMs / 2);
        expect(wait).toBeLessThanOrEqual(STEP_BACKOFF.maxMs);
        expect(stepBackoffMs(error, failures + 1, chance)).toBeGreaterThanOrEqual(wait);
      }),
    );
  });

  test("is at least the provider's retry time, up to a limit, with a tenth of jitter", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), chances, (retryAfter, chance) => {
        const wait = stepBackoffMs(asking(retryAfter), 1, chance);
        expect(wait).toBeGreaterThanOrEqual(Math.min(retryAfter, RETRY_AFTER_MS_MAX));
        expect(wait).toBeLessThanOrEqual(
          Math.max(STEP_BACKOFF.baseMs, Math.min(retryAfter, RETRY_AFTER_MS_MAX) * 1.1 + 1),
        );
      }),
    );
  });

  test.each([-5, Number.NaN, "60", null])("ignores a retry_after_ms of %s", (retryAfter) => {
    expect(stepBackoffMs(asking(retryAfter), 1, 0.5)).toBe(stepBackoffMs(error, 1, 0.5));
  });
});
