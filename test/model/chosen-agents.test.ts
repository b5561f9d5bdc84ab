import { expect, test } from "vitest";
import { agentStatuses } from "../../src/model/agent-status.ts";
import { isMeantFor } from "../../src/model/chosen-agents.ts";

const ended = ["stopped", "error"];
const alive = agentStatuses.filter((status) => !ended.includes(status));

test("an action by filters is for agents that live, and a restart or a destroy for failed ones, too", () => {
  const chosen = (action: Parameters<typeof isMeantFor>[0]) =>
    agentStatuses.filter((status) => isMeantFor(action, status, false));
  expect(chosen("agent_pause")).toEqual(alive);
  const failedToo = agentStatuses.filter((status) => status !== "stopped");
  expect([chosen("agent_restart"), chosen("agent_destroy")]).toEqual([failedToo, failedToo]);
});

test("an action is for agents of any status that was named", () => {
  expect(agentStatuses.filter((status) => isMeantFor("agent_pause", status, true))).toEqual(
    agentStatuses,
  );
});
