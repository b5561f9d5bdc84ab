import { expect, test } from "vitest";
import { isErrorOver } from "../../src/dashboard/state/error-age.ts";
import { NOW } from "./sample-agents.ts";

const last_error = { code: "AGENT_STEP_FAILED", message: "no such page", at: NOW };
const later = [{ status: "ok", ended_at: NOW + 1 }] as const;

test("an error is over once a step has ended well after it", () => {
  const before = [{ status: "ok", ended_at: NOW - 1 }] as const;
  const failed = [{ status: "error", ended_at: NOW + 1 }] as const;
  expect(isErrorOver({ status: "running", last_error }, [])).toBe(false);
  expect(isErrorOver({ status: "running", last_error }, before)).toBe(false);
  expect(isErrorOver({ status: "running", last_error }, failed)).toBe(false);
  expect(isErrorOver({ status: "running", last_error }, later)).toBe(true);
  expect(isErrorOver({ status: "stopped", last_error }, later)).toBe(true);
});

test("the error of an agent that ended with it or starts again after it is not over", () => {
  expect(isErrorOver({ status: "error", last_error }, later)).toBe(false);
  expect(isErrorOver({ status: "restarting", last_error }, later)).toBe(false);
});
