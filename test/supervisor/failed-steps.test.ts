import { expect, test } from "vitest";
import { FAILED_STEPS_MAX, FailedSteps } from "../../src/supervisor/failed-steps.ts";

const ofModel = { status: "error", error: { code: "LLM_TIMEOUT", message: "no" } } as const;
const ofAgent = { status: "error", error: { code: "AGENT_STEP_FAILED", message: "no" } } as const;
const aborted = { status: "aborted", error: { code: "LLM_ABORTED", message: "no" } } as const;
const ok = { status: "ok", error: null } as const;

function addMany(failures: FailedSteps, count: number): readonly boolean[] {
  return Array.from({ length: count }, () => failures.add(ofModel));
}

test("the limit of failures in a row is one too many", () => {
  const failures = new FailedSteps();
  expect(addMany(failures, FAILED_STEPS_MAX)).toEqual([false, false, false, false, true]);
  expect(failures.inARow).toBe(FAILED_STEPS_MAX);
  expect(failures.add(ofModel)).toBe(true);
});

test("a step that ended well, or a resume, starts the count again", () => {
  const failures = new FailedSteps();
  addMany(failures, FAILED_STEPS_MAX - 1);
  expect([failures.add(ok), failures.inARow]).toEqual([false, 0]);
  addMany(failures, FAILED_STEPS_MAX - 1);
  failures.reset();
  expect([failures.add(ofModel), failures.inARow]).toEqual([false, 1]);
});

test.each(["LLM_RATE_LIMITED", "LLM_UNAVAILABLE", "LLM_LIMIT"])(
  "%s is the provider's: it does not count and does not end the row",
  (code) => {
    const failures = new FailedSteps();
    addMany(failures, FAILED_STEPS_MAX - 1);
    const ofProvider = { status: "error", error: { code, message: "later" } } as const;
    expect([failures.add(ofProvider), failures.inARow]).toEqual([false, FAILED_STEPS_MAX - 1]);
    expect(failures.add(ofModel)).toBe(true);
  },
);

test("steps that cannot be stored count together with those whose model calls failed", () => {
  const failures = new FailedSteps();
  const lost = {
    status: "error",
    error: { code: "AGENT_REPORT_INVALID", message: "a Map" },
  } as const;
  const added = [lost, ofModel, lost, ofModel, lost].map((step) => failures.add(step));
  expect(added).toEqual([false, false, false, false, true]);
});

test("aborted steps and failures of other kinds do not count and do not end the row", () => {
  const failures = new FailedSteps();
  addMany(failures, FAILED_STEPS_MAX - 1);
  expect(
    [ofAgent, aborted, { status: "error", error: null } as const].map((s) => failures.add(s)),
  ).toEqual([false, false, false]);
  expect(failures.add(ofModel)).toBe(true);
});
