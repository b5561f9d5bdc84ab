/** Rows of agents and steps as commands show them, from this moment. */

import type { AgentRow } from "../../src/model/agent.ts";
import type { WholeStepRow } from "../../src/model/step.ts";
import * as sample from "../support/sample-rows.ts";

export function agentRow(agentId: string, given: Partial<AgentRow> = {}): AgentRow {
  const now = Date.now();
  const last = { iteration: 3, result: "a joke", current_subject: "cats" };
  return sample.agentRow({
    ...last,
    started_at: now,
    updated_at: now,
    ...given,
    agent_id: agentId,
  });
}

export function stepRow(agentId: string, given: Partial<WholeStepRow> = {}): WholeStepRow {
  const now = Date.now();
  const usage = { model: "offline", input_tokens: 10, output_tokens: 5 };
  const text = { subject: "cats", result: "a joke" };
  const times = { started_at: now - 40, ended_at: now };
  return sample.stepRow({ ...usage, ...text, ...times, ...given, agent_id: agentId });
}
