/** Agents, steps and events as the server tells of them. */

import type { ActionView, AgentView, LiveFigures } from "../../src/model/agent-view.ts";
import type { EventData, EventType, TroupeEvent } from "../../src/model/event.ts";
import type { Glance, GlanceStep } from "../../src/model/glance.ts";
import type { AgentId } from "../../src/model/ids.ts";
import type { StepRow } from "../../src/model/step.ts";

export const NOW = 1_790_000_000_000;

export function agentView(id: string, changes: Partial<AgentView> = {}): AgentView {
  return {
    agent_id: id as AgentId,
    agent_type: "joke",
    status: "running",
    paused: false,
    iteration: 0,
    result: null,
    current_subject: "cats",
    pending_guidance: [],
    context: null,
    history: [],
    last_error: null,
    restarts: 0,
    generation: 1,
    epoch: 1,
    started_at: NOW - 60_000,
    ended_at: null,
    updated_at: NOW,
    config: {},
    applied_actions: [],
    exit_reason: null,
    live: null,
    ...changes,
  };
}

export function liveFigures(changes: Partial<LiveFigures> = {}): LiveFigures {
  return {
    heap_bytes: 2 ** 22,
    external_bytes: 0,
    shared_bytes: 0,
    cpu_ms: 0,
    mailbox_length: 0,
    unresponsive_since: null,
    step_since: null,
    ...changes,
  };
}

export function stepRow(id: string, iteration: number, changes: Partial<StepRow> = {}): StepRow {
  return {
    step_id: `${id}-${iteration}`,
    agent_id: id as AgentId,
    generation: 1,
    iteration,
    status: "ok",
    subject: "cats",
    result: `joke ${iteration}`,
    error: null,
    model: "offline",
    input_tokens: 10,
    output_tokens: 5,
    guidance_used: [],
    started_at: NOW + iteration * 1_000,
    ended_at: NOW + iteration * 1_000 + 20,
    ...changes,
  };
}

/** A step as it is told at a glance. */
export function glanceStep(
  id: string,
  iteration: number,
  changes: Partial<GlanceStep> = {},
): GlanceStep {
  const { subject, ended_at } = stepRow(id, iteration);
  const told = { id, iteration, subject, ended_at, text: `joke ${iteration}` };
  return { ...told, status: "ok", ...changes };
}

/** What is told at a glance: these steps, and figures where they are given. */
export function glance(steps: readonly GlanceStep[], live: Glance["live"] = null): Glance {
  return { seq: 1, time: NOW, epoch: 1, is_cut: false, steps, live };
}

export function actionView(id: string, changes: Partial<ActionView> = {}): ActionView {
  return {
    id,
    action: "agent_interrupt",
    agent_id: "a",
    actor: "user",
    payload: { agent_id: "a", guidance: { subject: "dogs" } },
    metadata: null,
    urgency: 0,
    created_at: NOW,
    processed: false,
    not_before: null,
    attempts: 0,
    outcome: null,
    error: null,
    processed_at: null,
    ...changes,
  };
}

let seq = 0;

export function event<T extends EventType>(
  type: T,
  agentId: string,
  data: EventData[T],
): TroupeEvent {
  seq += 1;
  return { seq, type, time: NOW + seq, agent_id: agentId as AgentId, data } as TroupeEvent;
}
