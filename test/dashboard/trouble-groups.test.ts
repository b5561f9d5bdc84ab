import { expect, test } from "vitest";
import { groupTroubles } from "../../src/dashboard/state/trouble-groups.ts";
import { newAgent } from "../../src/picture/agent-picture.ts";
import { agentView, NOW } from "./sample-agents.ts";

function failing(id: string, code: string) {
  const details = { last: code, failures: 5, iteration: 5 };
  const last_error = { code: "AGENT_PAUSED_BY_FAILURES", message: "5 failed", details, at: NOW };
  return newAgent(agentView(id, { status: "paused", iteration: 5, last_error }), NOW);
}

test("troubles are counted by kind and cause, errors first", () => {
  const last_error = { code: "AGENT_EXITED", message: "m" };
  const agents = [
    failing("a", "LLM_TIMEOUT"),
    failing("b", "LLM_UNAVAILABLE"),
    failing("c", "LLM_UNAVAILABLE"),
    newAgent(agentView("d", { status: "error", last_error }), NOW),
    newAgent(agentView("e"), NOW),
  ];
  expect(groupTroubles(agents).map(({ trouble, cause, ids }) => [trouble, cause, ids])).toEqual([
    ["error", "AGENT_EXITED", ["d"]],
    ["self_paused", "LLM_UNAVAILABLE", ["b", "c"]],
    ["self_paused", "LLM_TIMEOUT", ["a"]],
  ]);
});
