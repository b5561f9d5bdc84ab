/** What follows an agent's end, in OTP's terms: another start after a wait, or none. */

import { describe, expect, test } from "vitest";
import { type AgentTypeSettings, defaultTypeSettings } from "../../src/model/type-settings.ts";
import { RestartPolicy } from "../../src/supervisor/restart-policy.ts";

const failure = { code: "AGENT_STEP_FAILED", message: "no", stack: "at step" };
const finished = { kind: "finished" } as const;
const crashed = { kind: "crashed", error: failure } as const;
const threw = { kind: "threw", error: failure } as const;

function settings(given: Partial<AgentTypeSettings>): AgentTypeSettings {
  const limits = { restarts_max: 2, restarts_window_ms: 60_000 };
  return { ...defaultTypeSettings("test"), ...limits, ...given };
}

describe.each(["permanent", "transient"] as const)("a %s agent that fails", (restart) => {
  test("is started again after waits that grow, up to its limit", () => {
    const policy = new RestartPolicy("agent1");
    const verdicts = [0, 1_000, 2_000].map((now) =>
      policy.decide(crashed, settings({ restart }), now, 0),
    );
    expect(verdicts).toEqual([
      { kind: "restart", waitMs: 250, recent: { count: 1, forMs: 0 } },
      { kind: "restart", waitMs: 500, recent: { count: 2, forMs: 1_000 } },
      {
        kind: "give_up",
        error: {
          code: "AGENT_RESTARTS_EXHAUSTED",
          message: "agent1 failed 3 times within 60 s, the last time with: no",
          stack: "at step",
          details: { last: "AGENT_STEP_FAILED", failures: 3 },
        },
      },
    ]);
  });

  test("is started forever if its failures are far enough apart", () => {
    const policy = new RestartPolicy("agent1");
    for (let now = 0; now < 1_000_000; now += 30_001) {
      expect(policy.decide(crashed, settings({ restart }), now, 0.5).kind).toBe("restart");
    }
  });
});

test("a temporary agent that fails is not started again; one that has finished is", () => {
  const policy = new RestartPolicy("agent1");
  const temporary = settings({ restart: "temporary" });
  expect(policy.decide(crashed, temporary, 0, 0)).toEqual({ kind: "give_up", error: failure });
  expect(policy.decide(finished, temporary, 0, 0)).toEqual({
    kind: "restart",
    waitMs: 250,
    recent: { count: 0, forMs: 0 },
  });
});

test("an agent that somebody has restarted has all its tries and restarts again", () => {
  const policy = new RestartPolicy("agent1");
  const once = settings({ step_retries: 1, restarts_max: 1 });
  const waits = () => [threw, crashed].map((cause) => policy.decide(cause, once, 0, 0));
  const fresh = [
    { kind: "restart", waitMs: 500 },
    { kind: "restart", waitMs: 250 },
  ];
  expect(waits()).toMatchObject(fresh);
  policy.forgetAll();
  expect(waits()).toMatchObject(fresh);
  expect(policy.decide(crashed, once, 0, 0).kind).toBe("give_up");
});

test("a permanent agent that is done too often is given up, and the error names the type that would let it end", () => {
  const policy = new RestartPolicy("agent1");
  const permanent = settings({ restart: "permanent", restarts_max: 0 });
  expect(policy.decide(finished, permanent, 0, 0)).toMatchObject({
    kind: "give_up",
    error: {
      code: "AGENT_RESTARTS_EXHAUSTED",
      message: expect.stringMatching(
        /^agent1 ended once within 60 s, .*transient would let it end$/,
      ),
      details: { last: "finished", restarts: 1 },
    },
  });
});

test("failures are counted for five minutes, however seldom and whatever the intensity counts", () => {
  const policy = new RestartPolicy("agent1");
  const recents = [0, 150_000, 300_000, 300_001].map((now) =>
    policy.decide(crashed, settings({ restarts_window_ms: 1_000 }), now, 0),
  );
  expect(recents).toMatchObject([
    { recent: { count: 1, forMs: 0 } },
    { recent: { count: 2, forMs: 150_000 } },
    { recent: { count: 3, forMs: 300_000 } },
    { recent: { count: 3, forMs: 150_001 } },
  ]);
  policy.forgetAll();
  expect(policy.decide(threw, settings({}), 300_002, 0)).toMatchObject({ recent: { count: 1 } });
});

test("the wait has a ceiling of thirty seconds", () => {
  const policy = new RestartPolicy("agent1");
  const often = settings({ restarts_max: 100 });
  const waits = Array.from({ length: 20 }, () => policy.decide(crashed, often, 0, 0.999));
  expect(waits.at(-1)).toMatchObject({ kind: "restart", waitMs: 29_985 });
});

describe("an agent whose step throws", () => {
  test("is tried again without counting as a restart, after waits of up to a minute", () => {
    const policy = new RestartPolicy("agent1");
    const patient = settings({ step_retries: 8, restarts_max: 0 });
    const verdicts = Array.from({ length: 9 }, () => policy.decide(threw, patient, 0, 0));
    expect(verdicts.slice(0, 8)).toMatchObject(
      [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].map((waitMs) => ({
        kind: "restart",
        waitMs,
      })),
    );
    expect(verdicts[8]).toMatchObject({
      kind: "give_up",
      error: {
        code: "AGENT_RESTARTS_EXHAUSTED",
        message:
          "agent1 failed once within 60 s after 8 retries of its step, the last time with: no",
        details: { last: "AGENT_STEP_FAILED", failures: 1, retries: 8 },
      },
    });
  });

  const few = settings({ step_retries: 2, restarts_max: 0, restarts_window_ms: 1_000 });

  test.each([2, 3, 10])(
    "is given up if it fails in every step number %i, soon enough",
    (period) => {
      const policy = new RestartPolicy("agent1");
      const kinds = [0, 1, 2].map((round) => {
        const startedAt = round * 900;
        for (let step = 1; step < period; step += 1) policy.noteSuccess(startedAt + step);
        return policy.decide(threw, few, startedAt + 800, 0).kind;
      });
      expect(kinds).toEqual(["restart", "restart", "give_up"]);
    },
  );

  test("has all its retries again once it has worked for the window without a failure", () => {
    const policy = new RestartPolicy("agent1");
    for (let now = 0; now < 20_000; now += 2_000) {
      expect(policy.decide(threw, few, now, 0)).toMatchObject({ kind: "restart", waitMs: 500 });
      expect(policy.decide(threw, few, now + 1, 0)).toMatchObject({
        kind: "restart",
        waitMs: 1_000,
      });
      policy.noteSuccess(now + 900);
      policy.noteSuccess(now + 1_900);
    }
  });

  test("has no retries again for the time that it has waited", () => {
    const policy = new RestartPolicy("agent1");
    policy.decide(threw, few, 0, 0);
    policy.decide(threw, few, 5_000, 0);
    policy.noteSuccess(10_000);
    expect(policy.isLastTry(settings({ ...few, restarts_max: 1 }), 10_999)).toBe(true);
    expect(policy.isLastTry(settings({ ...few, restarts_max: 1 }), 11_000)).toBe(false);
    expect(policy.decide(threw, few, 10_999, 0).kind).toBe("give_up");
  });

  test("has its last try before a failure of its step counts as a restart", () => {
    const policy = new RestartPolicy("agent1");
    const once = settings({ step_retries: 1, restarts_max: 1 });
    expect(policy.isLastTry(once, 0)).toBe(false);
    policy.decide(threw, once, 0, 0);
    expect(policy.isLastTry(once, 1)).toBe(true);
    policy.decide(threw, once, 1, 0);
    // The next failure ends it.
    expect(policy.isLastTry(once, 2)).toBe(false);
    expect(policy.isLastTry(settings({ step_retries: 0 }), 2)).toBe(true);
    expect(policy.isLastTry(settings({ step_retries: 0, restart: "temporary" }), 2)).toBe(false);
  });

  test("is not tried again if its type is temporary", () => {
    const policy = new RestartPolicy("agent1");
    const temporary = settings({ restart: "temporary" });
    expect(policy.decide(threw, temporary, 0, 0)).toEqual({ kind: "give_up", error: failure });
  });
});
