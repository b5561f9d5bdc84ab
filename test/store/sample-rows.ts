/** Rows for the tests of the store, complete, with what a test cares about put in. */

import type { ActionRow } from "../../src/model/action.ts";
import type { AgentRow } from "../../src/model/agent.ts";
import type { AgentId } from "../../src/model/ids.ts";
import { newStepId } from "../../src/model/ids.ts";
import type { StepRow } from "../../src/model/step.ts";
import { toRow } from "../../src/queue/enqueue.ts";
import type { Ack } from "../../src/store/tables/queue-table.ts";

/** A row as it is in the table until it is handled. */
export function newAction(given: Partial<ActionRow> = {}): ActionRow {
  const payload = { agent_id: "agent1" };
  const row = toRow({ action: "agent_pause", agent_id: "agent1", actor: "test", payload }, 1_000);
  return { ...row, ...given };
}

export function ackOf(id: string, given: Partial<Ack> = {}): Ack {
  return { id, outcome: "done", error: null, attempts: 0, processed_at: 2_000, ...given };
}

export function agentRow(
  given: Partial<Omit<AgentRow, "agent_id">> & { agent_id?: string } = {},
): AgentRow {
  return {
    agent_type: "joke",
    status: "running",
    paused: false,
    iteration: 0,
    result: null,
    current_subject: null,
    pending_guidance: [],
    context: null,
    history: [],
    last_error: null,
    restarts: 0,
    generation: 1,
    epoch: 1,
    started_at: 1_000,
    ended_at: null,
    updated_at: 1_000,
    config: {},
    applied_actions: [],
    exit_reason: null,
    ...given,
    agent_id: (given.agent_id ?? "agent1") as AgentId,
  };
}

export function stepRow(
  given: Partial<Omit<StepRow, "agent_id">> & { agent_id?: string } = {},
): StepRow {
  return {
    step_id: newStepId(),
    generation: 1,
    iteration: 1,
    status: "ok",
    subject: null,
    result: null,
    error: null,
    model: null,
    input_tokens: null,
    output_tokens: null,
    guidance_used: [],
    started_at: 1_000,
    ended_at: 2_000,
    ...given,
    agent_id: (given.agent_id ?? "agent1") as AgentId,
  };
}
