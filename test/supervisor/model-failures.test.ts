import { expect, test } from "vitest";
import { MODEL_FAILURES_MAX, ModelFailures } from "../../src/supervisor/model-failures.ts";

const ofModel = { status: "error", error: { code: "LLM_TIMEOUT", message: "no" } } as const;
const ofAgent = { status: "error", error: { code: "AGENT_STEP_FAILED", message: "no" } } as const;
const aborted = { status: "aborted", error: { code: "LLM_ABORTED", message: "no" } } as const;
const ok = { status: "ok", error: null } as const;

function addMany(failures: ModelFailures, count: number): readonly boolean[] {
  return Array.from({ length: count }, () => failures.add(ofModel));
}

test("the limit of failures in a row is one too many", () => {
  const failures = new ModelFailures();
  expect(addMany(failures, MODEL_FAILURES_MAX)).toEqual([false, false, false, false, true]);
  expect(failures.inARow).toBe(MODEL_FAILURES_MAX);
  expect(failures.add(ofModel)).toBe(true);
});

test("a step that ended well, or a resume, starts the count again", () => {
  const failures = new ModelFailures();
  addMany(failures, MODEL_FAILURES_MAX - 1);
  expect([failures.add(ok), failures.inARow]).toEqual([false, 0]);
  addMany(failures, MODEL_FAILURES_MAX - 1);
  failures.reset();
  expect([failures.add(ofModel), failures.inARow]).toEqual([false, 1]);
});

test.each(["LLM_RATE_LIMITED", "LLM_UNAVAILABLE", "LLM_LIMIT"])(
  "%s is the provider's: it does not count and does not end the row",
  (code) => {
    const failures = new ModelFailures();
    addMany(failures, MODEL_FAILURES_MAX - 1);
    const ofProvider = { status: "error", error: { code, message: "later" } } as const;
    expect([failures.add(ofProvider), failures.inARow]).toEqual([false, MODEL_FAILURES_MAX - 1]);
    expect(failures.add(ofModel)).toBe(true);
  },
);

test("aborted steps and failures of other kinds do not count and do not end the row", () => {
  const failures = new ModelFailures();
  addMany(failures, MODEL_FAILURES_MAX - 1);
  expect(
    [ofAgent, aborted, { status: "error", error: null } as const].map((s) => failures.add(s)),
  ).toEqual([false, false, false]);
  expect(failures.add(ofModel)).toBe(true);
});
