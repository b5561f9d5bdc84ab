/** What an operator reads of an agent that does not run. */

import { expect, test } from "vitest";
import { TroupeError } from "../../src/model/errors.ts";
import {
  exhausted,
  failureOf,
  finishedExit,
  isRecordFault,
  lateGuidance,
  notRunning,
  outOfMemory,
  pausedByFailures,
  restarted,
  shed,
  startStopped,
  stepTimeout,
  undeliverable,
  unresponsive,
} from "../../src/supervisor/failures.ts";

const MIB = 2 ** 20;

test("refusals name the agent, its status and the request", () => {
  expect(notRunning("agent1", "stopped", "paused")).toMatchObject({
    code: "AGENT_NOT_RUNNING",
    message: "agent1 is stopped; only a running agent can be paused",
    details: { status: "stopped" },
  });
  expect(startStopped("agent1")).toMatchObject({
    code: "AGENT_START_STOPPED",
    message: expect.stringContaining("agent1"),
  });
  const cause = new Error("no clone");
  expect(undeliverable("agent1", cause)).toMatchObject({
    code: "ACTION_MALFORMED",
    message: expect.stringMatching(/agent1: no clone$/),
    cause,
  });
  expect(undeliverable("agent1", "odd").message).toMatch(/: odd$/);
});

test("a fault is the record's if no retry would store it", () => {
  const ours = (code: "RECORD_INVALID" | "STORE_UNAVAILABLE") => new TroupeError(code, "no");
  expect(
    [ours("RECORD_INVALID"), new Error("no"), ours("STORE_UNAVAILABLE")].map(isRecordFault),
  ).toEqual([true, true, false]);
});

test("late guidance is counted", () => {
  expect(lateGuidance(1)).toMatch(/^1 interrupt came/);
  expect(lateGuidance(2)).toMatch(/^2 interrupts came/);
});

test("an agent that is done has ended by itself or by its termination, and its unused guidance is named", () => {
  const guidance = { action_id: "1", guidance: {}, at: 1 };
  expect(finishedExit({ pending_guidance: [] }, true)).toEqual({
    reason: "finished",
    rung: "cooperative",
    took_ms: 0,
  });
  expect(finishedExit({ pending_guidance: [guidance] }, false)).toEqual({
    reason: "finished",
    rung: "terminated",
    took_ms: 0,
    note: lateGuidance(1),
  });
});

test("errors have the figures that led to them", () => {
  expect(
    failureOf("agent1", { code: 7, reason: "unsaid", error: undefined, hasThrown: false }).error,
  ).toEqual({
    code: "AGENT_EXITED",
    message: expect.stringMatching(/^agent1 .* exit code 7 /),
  });
  const own = { bytes: 300 * MIB, budget_bytes: 256 * MIB };
  expect(outOfMemory("agent1", own)).toEqual({
    code: "AGENT_OUT_OF_MEMORY",
    message: "agent1 uses 300 MiB of memory; its budget is 256 MiB",
    details: own,
  });
  const all = {
    process_bytes: 900 * MIB,
    ceiling_bytes: 800 * MIB,
    bytes: MIB,
    suspected_bytes: MIB,
  };
  expect(shed("agent1", all)).toMatchObject({
    code: "AGENT_OUT_OF_MEMORY",
    message: expect.stringMatching(/900 MiB .*800 MiB; agent1 uses the most: 2 MiB$/),
    details: all,
  });
  expect(shed("agent1", {}).message).toMatch(/: 0 MiB$/);
  const silent = { timeout_ms: 2_500, phase: "step", iteration: 4 };
  expect(unresponsive("agent1", silent)).toEqual({
    code: "AGENT_UNRESPONSIVE",
    message: "agent1 did not respond for 2.5 s in step 5",
    details: silent,
  });
  expect(unresponsive("agent1", { ...silent, phase: "starting" }).message).toMatch(
    /in phase starting$/,
  );
});

test("the error of a step that outlived its deadline names the step and both times", () => {
  const times = { timeout_ms: 1_000, grace_ms: 50, iteration: 4 };
  expect(stepTimeout("agent1", times)).toEqual({
    code: "STEP_TIMEOUT",
    message: expect.stringMatching(/^agent1 must end step 5 within 1000 ms; .* 50 ms /),
    details: times,
  });
});

test("the error of an agent that is started again says how often and since when it has failed", () => {
  const error = { code: "AGENT_EXITED", message: "gone", details: { exit: 1 } };
  expect(restarted(error, { count: 3, forMs: 99.6 }, 1_000)).toEqual({
    ...error,
    details: { exit: 1, restarts_recent: 3, restarts_since: 900, restarts_at: 1_000 },
    at: 1_000,
  });
});

test("the error of an agent that is given up counts its failures and the retries of its step", () => {
  const last = { code: "LLM_TIMEOUT", message: "too slow", stack: "at" };
  const after = (failures: number, retries: number) =>
    exhausted("agent1", { failures, retries }, { windowMs: 60_000 }, last);
  expect(after(3, 2)).toEqual({
    code: "AGENT_RESTARTS_EXHAUSTED",
    message:
      "agent1 failed 3 times within 60 s after 2 retries of its step, the last time with: too slow",
    stack: "at",
    details: { last: "LLM_TIMEOUT", failures: 3, retries: 2 },
  });
  expect(after(1, 1).message).toMatch(/ failed once within 60 s after 1 retry of its step, /);
  expect(after(2, 0)).toMatchObject({
    message: "agent1 failed 2 times within 60 s, the last time with: too slow",
    details: { last: "LLM_TIMEOUT", failures: 2 },
  });
  expect(exhausted("agent1", { failures: 2, retries: 0 }, { windowMs: 500 }, "finished")).toEqual({
    code: "AGENT_RESTARTS_EXHAUSTED",
    message: expect.stringMatching(/^agent1 ended 2 times within 0.5 s, .* because it was done; /),
    details: { last: "finished", restarts: 2 },
  });
});

test("an agent that paused itself because its steps cannot be stored needs its code corrected first", () => {
  const error = { code: "AGENT_REPORT_INVALID", message: "result is a Map" };
  expect(pausedByFailures("agent1", 5, { error, iteration: 9 }).message).toMatch(
    / 5 failing steps in a row; correct its code, restart and then resume it\. .* result is a Map$/,
  );
});

test("the error of an agent that paused itself counts the failures, and keeps the cause", () => {
  const error = { code: "LLM_TIMEOUT", message: "too slow", details: { ms: 7 } };
  expect(pausedByFailures("agent1", 5, { error, iteration: 9 })).toEqual({
    code: "AGENT_PAUSED_BY_FAILURES",
    message: expect.stringMatching(/^agent1 paused itself after 5 .* too slow$/),
    details: { ms: 7, last: "LLM_TIMEOUT", failures: 5, iteration: 9 },
  });
});
