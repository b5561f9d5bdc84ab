import { expect, test } from "vitest";
import { unknownAction } from "../../src/model/fleet-errors.ts";
import { actionBegun, withdrawnBy } from "../../src/model/withdrawal.ts";

test("a withdrawn action's note names who withdrew it and why", () => {
  const code = "ACTION_WITHDRAWN";
  expect(withdrawnBy("me", undefined, 7)).toEqual({ code, message: "withdrawn by me", at: 7 });
  expect(withdrawnBy("me", "no need", 7).message).toBe("withdrawn by me: no need");
});

test("a refusal names the action's state", () => {
  expect(actionBegun({ id: "a", outcome: "done" })).toMatchObject({
    code: "ACTION_BEGUN",
    message: 'action "a" is done; only one that has not started can be withdrawn',
    details: { id: "a", outcome: "done" },
  });
  expect(actionBegun({ id: "a", outcome: null }).message).toMatch(/is being carried out;/);
  expect(unknownAction("a")).toMatchObject({
    code: "ACTION_NOT_FOUND",
    message: 'no action has the id "a"',
  });
});
