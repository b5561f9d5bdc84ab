import { expect, test } from "vitest";
import { recentRestarts, stepError } from "../../src/model/recent-restarts.ts";

const restarts = { restarts_recent: 2, restarts_since: 5, restarts_at: 9 };
const failed = { code: "AGENT_STEP_FAILED", message: "no" };
const crashed = { code: "AGENT_EXITED", message: "gone", details: { ...restarts, exit: 1 } };

test("an error says of restarts all three figures or nothing", () => {
  expect(recentRestarts(crashed)).toEqual(restarts);
  expect(recentRestarts(null)).toBeUndefined();
  expect(recentRestarts(failed)).toBeUndefined();
  for (const name of Object.keys(restarts)) {
    const details = { ...restarts, [name]: undefined };
    expect(recentRestarts({ ...failed, details })).toBeUndefined();
  }
});

test("a step's error has the step's number and time, and keeps what was known of restarts alone", () => {
  const step = { iteration: 4, ended_at: 700 };
  const error = { ...failed, details: { why: "rate" } };
  expect(stepError(error, step, crashed)).toEqual({
    ...failed,
    at: 700,
    details: { ...restarts, why: "rate", iteration: 4 },
  });
  expect(stepError(failed, step, failed)).toEqual({
    ...failed,
    at: 700,
    details: { iteration: 4 },
  });
});
