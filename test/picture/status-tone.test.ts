import { expect, test } from "vitest";
import { agentStatuses } from "../../src/model/agent-status.ts";
import { compareStatus, isStatus, statuses } from "../../src/picture/status-tone.ts";

test("trouble is first, then agents that wait for a person; ended ones are last", () => {
  expect(agentStatuses.toSorted(compareStatus)).toEqual(statuses);
  const some = ["stopped", "running", "paused", "error"] as const;
  expect(some.toSorted(compareStatus)).toEqual(["error", "paused", "running", "stopped"]);
});

test("a text is a status only if there is such a status", () => {
  expect(["paused", "pending", "toString", ""].filter(isStatus)).toEqual(["paused"]);
});
