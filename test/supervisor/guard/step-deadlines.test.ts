/** When the main thread ends a step that takes too long. */

import { expect, test } from "vitest";
import { StepDeadlines } from "../../../src/supervisor/guard/step-deadlines.ts";
import type { Child } from "../../../src/supervisor/thread/child.ts";

interface Thread {
  position: Child["position"];
  stepExtendedMs: number;
  hold: { ms: number };
}

const inStep = (iteration: number): Thread => ({
  position: { phase: "step", iteration },
  stepExtendedMs: 0,
  hold: { ms: 7 },
});

function watched(thread: Thread): (now: number) => unknown {
  const deadlines = new StepDeadlines();
  deadlines.watch(thread, { timeoutMs: 100, graceMs: 50 });
  return (now) => deadlines.check("agent1", thread, now);
}

test("a step that is still running after its deadline and the grace", () => {
  const check = watched(inStep(6));
  expect(check(1_000)).toBeUndefined(); // it is seen
  expect(check(1_149)).toBeUndefined();
  expect(check(1_150)).toMatchObject({
    code: "STEP_TIMEOUT",
    details: { timeout_ms: 100, grace_ms: 50, iteration: 6 },
  });
});

test("a step is ended once, and one of a thread that is not watched never", () => {
  const check = watched(inStep(6));
  check(0);
  expect([check(150), check(1_000)]).toMatchObject([{ code: "STEP_TIMEOUT" }, undefined]);
  const deadlines = new StepDeadlines();
  for (const now of [0, 1_000]) {
    expect(deadlines.check("agent1", inStep(6), now)).toBeUndefined();
  }
});

test("each step has the whole time", () => {
  const thread = inStep(1);
  const check = watched(thread);
  check(0);
  thread.position = { phase: "step", iteration: 2 };
  expect(check(140)).toBeUndefined();
  expect(check(289)).toBeUndefined();
  thread.position = { phase: "sleeping", iteration: 3 };
  expect(check(1_000)).toBeUndefined();
});

test("the time before a step is not the step's, nor is that of the agent's end", () => {
  const thread: Thread = { ...inStep(1), position: { phase: "sleeping", iteration: 1 } };
  const check = watched(thread);
  check(0);
  thread.position = { phase: "step", iteration: 1 };
  expect([check(1_000), check(1_149)]).toEqual([undefined, undefined]);
  thread.position = { phase: "ending", iteration: 1 };
  expect(check(1_150)).toBeUndefined();
});

test("a step that said it needs longer has that time, and an extension that is sooner changes nothing", () => {
  const thread = inStep(1);
  const check = watched(thread);
  check(0);
  thread.stepExtendedMs = 500;
  expect(check(549)).toBeUndefined();
  thread.stepExtendedMs = 20;
  expect(check(150)).toMatchObject({ details: { timeout_ms: 100 } });
});

test("the error names the time that the step had in the end", () => {
  const thread = inStep(1);
  const check = watched(thread);
  check(0);
  thread.stepExtendedMs = 500;
  expect(check(550)).toMatchObject({ details: { timeout_ms: 500 } });
});

test("the time in which a look inside stops the thread does not count", () => {
  const thread = inStep(1);
  const check = watched(thread);
  check(0);
  thread.hold.ms += 1_000;
  expect(check(1_149)).toBeUndefined();
  expect(check(1_150)).toMatchObject({ code: "STEP_TIMEOUT", details: { timeout_ms: 100 } });
});
