/** Rows of agents and steps, complete, with what the test cares about put in. */

import type { AgentRow } from "../../src/model/agent.ts";
import { type AgentId, newStepId } from "../../src/model/ids.ts";
import type { StepRow } from "../../src/model/step.ts";

export function agentRow(agentId: string, given: Partial<AgentRow> = {}): AgentRow {
  const now = Date.now();
  return {
    agent_id: agentId as AgentId,
    agent_type: "joke",
    status: "running",
    paused: false,
    iteration: 3,
    result: "a joke",
    current_subject: "cats",
    pending_guidance: [],
    context: null,
    history: [],
    last_error: null,
    restarts: 0,
    generation: 1,
    epoch: 1,
    started_at: now,
    ended_at: null,
    updated_at: now,
    config: {},
    applied_actions: [],
    exit_reason: null,
    ...given,
  };
}

export function stepRow(agentId: string, given: Partial<StepRow> = {}): StepRow {
  const now = Date.now();
  return {
    step_id: newStepId(),
    agent_id: agentId as AgentId,
    generation: 1,
    iteration: 1,
    status: "ok",
    subject: "cats",
    result: "a joke",
    error: null,
    model: "offline",
    input_tokens: 10,
    output_tokens: 5,
    guidance_used: [],
    started_at: now - 40,
    ended_at: now,
    ...given,
  };
}
