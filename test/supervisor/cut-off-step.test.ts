/** What a step becomes that its thread's end has cut off. */

import { expect, test } from "vitest";
import { cutOffError, cutOffReport } from "../../src/supervisor/cut-off-step.ts";

const step = { iteration: 7, startedAt: 1_000, guidance: ["a"], isOnePiece: true };
const error = { code: "AGENT_OUT_OF_MEMORY", message: "too much", details: { bytes: 5 } };

test("the error names the piece of guidance that the agent's code had alone", () => {
  expect(cutOffError(error, step)).toEqual({
    code: "AGENT_OUT_OF_MEMORY",
    message: "too much (in the guidance of action a)",
    details: { bytes: 5, action_id: "a" },
  });
  expect(cutOffError(error, { ...step, isOnePiece: false })).toBe(error);
  expect(cutOffError(error, { ...step, guidance: [] })).toBe(error);
});

test("the step has failed on its guidance, used none, and changed nothing", () => {
  expect(cutOffReport(step, { error, subject: "tea", endedAt: 3_000 })).toMatchObject({
    iteration: 7,
    status: "error",
    error,
    subject: "tea",
    currentSubject: "tea",
    contextJson: null,
    guidanceUsed: [],
    guidanceFailed: ["a"],
    startedAt: 1_000,
    endedAt: 3_000,
  });
});

test("a clock that was set back makes no step that ends before it starts", () => {
  expect(cutOffReport(step, { error, subject: null, endedAt: 10 }).endedAt).toBe(1_000);
});
