/** Agents, steps and events as the server tells of them. */

import {
  type ActionView,
  type AgentView,
  viewAction,
  viewAgent,
} from "../../src/model/agent-view.ts";
import type { EventData, EventType, TroupeEvent } from "../../src/model/event.ts";
import type { Glance, GlanceStep } from "../../src/model/glance.ts";
import type { AgentId } from "../../src/model/ids.ts";
import type { StepRow } from "../../src/model/step.ts";
import * as sample from "../support/sample-rows.ts";

export const NOW = 1_790_000_000_000;

export function agentView(id: string, changes: Partial<AgentView> = {}): AgentView {
  const times = { started_at: NOW - 60_000, updated_at: NOW };
  const row = sample.agentRow({ agent_id: id, current_subject: "cats", ...times });
  return { ...viewAgent(row), ...changes };
}

export function stepRow(id: string, iteration: number, changes: Partial<StepRow> = {}): StepRow {
  const started_at = NOW + iteration * 1_000;
  const usage = { model: "offline", input_tokens: 10, output_tokens: 5 };
  const text = { subject: "cats", result: `joke ${iteration}` };
  const times = { started_at, ended_at: started_at + 20 };
  const row = { agent_id: id, step_id: `${id}-${iteration}`, iteration };
  return sample.stepRow({ ...row, ...usage, ...text, ...times, ...changes });
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
  const payload = JSON.stringify({ agent_id: "a", guidance: { subject: "dogs" } });
  const about = { action: "agent_interrupt", agent_id: "a", actor: "user" };
  const row = sample.newAction({ id, payload, created_at: NOW, ...about });
  return { ...viewAction(row), ...changes };
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
