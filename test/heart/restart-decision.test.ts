import { describe, expect, test } from "vitest";
import {
  type CrashHistory,
  DEATHS_LIMIT,
  decide,
  FAILED_STARTS_MAX,
  NO_CRASHES,
  type ProcessExit,
} from "../../src/heart/restart-decision.ts";

const death: ProcessExit = {
  code: null,
  signal: "SIGKILL",
  hasServed: true,
  isRefused: false,
  isEnding: false,
  isLockedOut: false,
  isDisplaced: false,
  inOwnCode: { inStep: ["a"], starting: [] },
};
const failedStart: ProcessExit = { ...death, code: 1, signal: null, hasServed: false };
const refusal: ProcessExit = { ...failedStart, isRefused: true };
const { restartsMax, windowMs } = DEATHS_LIMIT;

/** The past after so many deaths, one a second. */
function die(past: CrashHistory, deaths: number, life = death): CrashHistory {
  let after = past;
  for (let n = 0; n < deaths; n += 1) {
    const verdict = decide(after, life, Math.max(0, after.lastDeathAt) + 1_000, 0.5);
    if (verdict.kind === "end") throw new Error(`ended after ${n} deaths`);
    after = verdict.past;
  }
  return after;
}

describe("the heart's verdict", () => {
  test("is the end for a process that was stopped, was refused, or lost the database to another", () => {
    const ends: readonly ProcessExit[] = [
      { ...death, isEnding: true },
      { ...death, isEnding: true, code: 0, signal: null },
      { ...refusal, isLockedOut: true },
      refusal,
    ];
    for (const life of ends) {
      expect(decide(NO_CRASHES, life, 0, 0)).toEqual({ kind: "end", isGivenUp: false });
    }
  });

  test("is a restart without a death for a process whose shard another one has taken over", () => {
    const past = die(NO_CRASHES, restartsMax);
    const life = { ...death, code: 1, signal: null, isDisplaced: true };
    expect(decide(past, life, past.lastDeathAt, 0.5)).toMatchObject({ kind: "restart", past });
    expect(decide(past, { ...life, isEnding: true }, past.lastDeathAt, 0.5).kind).toBe("end");
  });

  test("is a restart for a signal, also before the process served, and for a failure after it", () => {
    for (const life of [
      { ...death, hasServed: false },
      { ...failedStart, hasServed: true },
      // Nobody asked for it, so it is no end in order.
      { ...death, code: 0, signal: null },
    ]) {
      expect(decide(NO_CRASHES, life, 0, 0)).toMatchObject({
        kind: "restart",
        past: { deaths: [{}] },
      });
    }
  });

  test("waits longer after each death", () => {
    const waits = [0, 1, 2].map((deaths) => {
      const verdict = decide(die(NO_CRASHES, deaths), death, 10_000, 0);
      return verdict.kind === "restart" && verdict.waitMs;
    });
    expect(waits).toEqual([100, 200, 400]);
  });

  test("is safe mode for one death too many, which names the agents in a step each time", () => {
    const allowed = die(NO_CRASHES, restartsMax);
    expect(allowed.safeMode).toBeUndefined();
    const inOwnCode = { inStep: ["b", "a"], starting: [] };
    expect(die(allowed, 1, { ...death, inOwnCode }).safeMode).toEqual({
      deaths: restartsMax + 1,
      windowMs,
      suspects: ["a"],
      suspectsMore: 0,
    });
  });

  test("stays with safe mode while one death follows another, then ends", () => {
    const safe = die(NO_CRASHES, restartsMax + 1);
    const still = die(safe, restartsMax);
    expect(still.safeMode).toEqual(safe.safeMode);
    const last = decide(still, death, still.lastDeathAt + 1, 0);
    expect(last).toEqual({ kind: "end", isGivenUp: true });
  });

  test("leaves safe mode behind when the process has lived long enough", () => {
    const safe = die(NO_CRASHES, restartsMax + 1);
    const verdict = decide(safe, death, safe.lastDeathAt + windowMs + 1, 0);
    expect(verdict).toMatchObject({ kind: "restart", past: { safeMode: undefined } });
  });

  test("does not count deaths that are far apart", () => {
    let past = NO_CRASHES;
    for (let n = 0; n < 50; n += 1) {
      const verdict = decide(past, death, n * windowMs, 0);
      if (verdict.kind === "end") throw new Error("ended");
      past = verdict.past;
      expect(past.deaths.length).toBeLessThanOrEqual(2);
      expect(past.safeMode).toBeUndefined();
    }
  });

  test.each([
    ["a first start that fails, for a reason that may pass,", NO_CRASHES, failedStart],
    ["a start that fails or is refused after a death", die(NO_CRASHES, 1), refusal],
  ])("tries %s so many times, without counting it as a death", (_name, before, life) => {
    let past = before;
    for (let n = 0; n < FAILED_STARTS_MAX; n += 1) {
      const verdict = decide(past, life, 2_000, 0);
      if (verdict.kind === "end") throw new Error("ended");
      past = verdict.past;
      expect(past.deaths).toHaveLength(before.deaths.length);
    }
    expect(decide(past, life, 2_000, 0)).toEqual({ kind: "end", isGivenUp: true });
    expect(die(past, 1).failedStarts).toBe(0);
  });
});
