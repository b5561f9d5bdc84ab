import { describe, expect, test } from "vitest";
import { type GrantedRates, readGrantedRates } from "../../../src/llm/governor/granted-rates.ts";
import { type CallOutcome, Quota, type StartedCall } from "../../../src/llm/governor/quota.ts";

const nothing = readGrantedRates({}, 0);
const answered = (tokens: number | null = null): CallOutcome => ({ kind: "answered", tokens });
const failed: CallOutcome = { kind: "failed", reason: "503" };

/** A quota on a clock of its own, without chance. */
function make(set: { rpm?: number; tpm?: number; concurrency?: number } = {}) {
  let now = 0;
  const { rpm, tpm, concurrency = 64 } = set;
  const quota = new Quota({ rpm, tpm, concurrency }, now);
  const start = () => quota.start(now, 0);
  const end = (call: StartedCall, outcome: CallOutcome, rates: GrantedRates = nothing) =>
    quota.end(call, outcome, rates, { now, chance: 0 });
  const advance = (ms: number) => {
    now += ms;
  };
  const wait = () => quota.waitMs(now);
  const state = () => quota.state(now);
  return { quota, start, end, advance, wait, state };
}

test("a refusal that names a time holds all calls until then", () => {
  const { start, end, advance, wait, state } = make();
  end(start(), { kind: "limited" }, readGrantedRates({ "retry-after": "7" }, 0));
  expect([wait(), state()]).toEqual([7_000, "limited"]);
  advance(7_000);
  expect([wait(), state()]).toEqual([0, "ok"]);
});

test("a refusal without a time holds calls longer with each one, and shrinks the window", () => {
  const { quota, start, end, advance, wait } = make();
  const waits = [1, 2, 3, 4].map(() => {
    end(start(), { kind: "limited" });
    const ms = wait();
    advance(ms);
    wait();
    return ms;
  });
  expect(waits).toEqual([1_000, 2_000, 2_000, 2_000]);
  expect(quota.windowSize).toBeLessThan(8);
});

test("an answer that leaves nothing holds calls without a refusal", () => {
  const { start, end, wait } = make();
  const headers = {
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": "10",
    "x-ratelimit-limit": "20",
  };
  end(start(), answered(), readGrantedRates(headers, 0));
  expect(wait()).toBeGreaterThan(0);
});

test("tokens are taken by the mean of calls, and settled by what they used", () => {
  const { start, end, advance, wait } = make({ tpm: 60_000 });
  expect(wait()).toBe(0);
  end(start(), answered(3_000));
  // 500 may be used together, 990 come each second.
  expect(wait()).toBeGreaterThan(2_400);
  advance(3_000);
  expect(wait()).toBe(0);
  const next = start();
  expect(next.reserved).toBe(3_000);
  expect(wait()).toBeGreaterThan(2_000);
  end(next, answered(100));
  expect(wait()).toBe(0);
});

describe("an outage", () => {
  function down() {
    const made = make({ concurrency: 3 });
    const calls = [made.start(), made.start(), made.start()];
    const changes = calls.map((call) => made.end(call, failed)?.kind);
    return { ...made, changes };
  }

  test("is reported once, and ends with the first answer", () => {
    const { start, end, advance, wait, state, changes } = down();
    expect(changes).toEqual([undefined, undefined, "down"]);
    expect([state(), wait()]).toEqual(["down", 500]);
    advance(500);
    const probe = start();
    expect(end(probe, failed)).toBeUndefined();
    advance(wait());
    const last = start();
    advance(100);
    expect(end(last, answered())).toMatchObject({ kind: "back", down: { reason: "503" } });
    expect([state(), wait()]).toEqual(["ok", 0]);
  });

  test("is looked into again and again, even if each call hangs", () => {
    const { start, advance, wait } = down();
    for (let probe = 0; probe < 10; probe++) {
      const ms = wait();
      expect(ms).toBeLessThanOrEqual(5_000);
      advance(ms);
      start();
    }
  });

  test("does not end by the answer to an earlier call", () => {
    const made = make();
    const old = made.start();
    made.advance(10);
    for (let n = 0; n < 3; n++) made.end(made.start(), failed);
    expect(made.end(old, answered())).toBeUndefined();
    expect(made.state()).toBe("down");
  });
});
