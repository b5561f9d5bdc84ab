import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ErrorCode, errorCodes } from "../../src/model/error-codes.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { endOfFailure, endOfSuccess, endOfWithdrawal } from "../../src/queue/outcome.ts";

/** Of all codes the one whose attempts do not count. */
const STORE_FAULT = "STORE_UNAVAILABLE";
const allCodes = Object.keys(errorCodes) as ErrorCode[];
const codes = fc.constantFrom(...allCodes.filter((code) => code !== STORE_FAULT));
const thrown = fc.oneof(
  codes.map((code) => new TroupeError(code, "scripted")),
  fc.string().map((message) => new Error(message)),
  fc.anything(),
);
const attempts = fc.integer({ min: 0, max: 20 });
const attemptsMax = fc.integer({ min: 1, max: 20 });

describe("verdict", () => {
  test("on a success is done, with the note", () => {
    const note = { code: "AGENT_DIFFERS", message: "another type" };
    expect(endOfSuccess({ attempts: 2 }, { note })).toEqual({
      outcome: "done",
      attempts: 2,
      error: note,
    });
    expect(endOfSuccess({ attempts: 0 })).toEqual({ outcome: "done", attempts: 0, error: null });
  });

  test("on a success that changed nothing says so", () => {
    const end = { outcome: "done", attempts: 0, error: null, isEffectless: true };
    expect(endOfSuccess({ attempts: 0 }, { isEffectless: true })).toEqual(end);
  });

  test("on a withdrawal is cancelled, with the note", () => {
    const note = { code: "ACTION_WITHDRAWN", message: "withdrawn by me" };
    expect(endOfWithdrawal({ attempts: 3 }, note)).toEqual({
      outcome: "cancelled",
      attempts: 3,
      error: note,
    });
  });

  test("on a fault that lasts is rejected, however many attempts are left", () => {
    const unknown = new TroupeError("AGENT_UNKNOWN", "no agent has this id");
    const rejected = endOfFailure({ action: "agent_pause", attempts: 1 }, unknown, 9);
    expect(rejected).toMatchObject({
      outcome: "rejected",
      attempts: 1,
      error: { code: unknown.code },
    });
  });

  test("is dead on the last failure, and its error has the number of attempts and the cause", () => {
    const dead = endOfFailure({ action: "agent_pause", attempts: 4 }, new Error("no"), 5);
    expect(dead).toMatchObject({
      outcome: "dead",
      attempts: 5,
      error: {
        code: "ACTION_EXHAUSTED",
        message: "agent_pause failed 5 times, the last time with: no",
        details: { last: "INTERNAL" },
      },
    });
  });

  test("on a failure never retries once the attempts are used up", () => {
    fc.assert(
      fc.property(thrown, attempts, attemptsMax, (error, before, most) => {
        const verdict = endOfFailure({ action: "agent_pause", attempts: before }, error, most);
        expect(["rejected", "retry", "dead"]).toContain(verdict.outcome);
        if (verdict.outcome === "retry") expect(verdict.attempts).toBeLessThan(most);
        if (verdict.outcome === "dead") expect(verdict.attempts).toBeGreaterThanOrEqual(most);
        if (verdict.outcome === "rejected") expect(verdict.attempts).toBe(before);
        expect(verdict.error?.message).toEqual(expect.any(String));
      }),
    );
  });

  test("on a fault of the store retries without having lost an attempt", () => {
    fc.assert(
      fc.property(attempts, attemptsMax, (before, most) => {
        const row = { action: "agent_pause", attempts: before };
        expect(endOfFailure(row, new TroupeError(STORE_FAULT, "disk full"), most)).toMatchObject({
          outcome: "retry",
          attempts: before,
        });
      }),
    );
  });

  test("ends after the allowed number of attempts", () => {
    fc.assert(
      fc.property(attemptsMax, (most) => {
        let tries = 0;
        let row = { action: "agent_pause", attempts: 0 };
        for (let outcome = "retry"; outcome === "retry"; tries += 1) {
          const verdict = endOfFailure(row, new Error("again"), most);
          row = { ...row, attempts: verdict.attempts };
          outcome = verdict.outcome;
        }
        expect(tries).toBe(most);
      }),
    );
  });
});
