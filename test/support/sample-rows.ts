/** Rows for tests, complete, with what a test cares about put in. A column is named here at most once. */

import type { ActionRow } from "../../src/model/action.ts";
import type { AgentRow } from "../../src/model/agent.ts";
import { agentStatuses } from "../../src/model/agent-status.ts";
import type { LiveFigures } from "../../src/model/agent-view.ts";
import type { EffectRow } from "../../src/model/effect.ts";
import type { FleetStats } from "../../src/model/event.ts";
import { type AgentId, newEffectId, newStepId } from "../../src/model/ids.ts";
import type { WholeStepRow } from "../../src/model/step.ts";
import { noFigure } from "../../src/model/usage-sums.ts";
import type { UsageCounts } from "../../src/model/usage-view.ts";
import { toRow } from "../../src/queue/enqueue.ts";
import type { PendingAction } from "../../src/store/tables/pending-rows.ts";
import type { Ack } from "../../src/store/tables/queue-table.ts";
import { newAgentRow } from "../../src/supervisor/new-agent-row.ts";

/** A row as it is in the table until it is handled. */
export function newAction(given: Partial<ActionRow> = {}): ActionRow {
  const payload = { agent_id: "agent1" };
  const row = toRow({ action: "agent_pause", agent_id: "agent1", actor: "test", payload }, 1_000);
  return { ...row, ...given };
}

export function ackOf(id: string, given: Partial<Ack> = {}): Ack {
  return { id, outcome: "done", error: null, attempts: 0, processed_at: 2_000, ...given };
}

export function pendingAction(given: Partial<PendingAction> = {}): PendingAction {
  const payload = JSON.stringify({ agent_id: given.agent_id ?? "agent1" });
  return { ...newAction({ id: "1", payload, created_at: 1 }), rowId: 0n, ...given };
}

type Given<Row> = Partial<Omit<Row, "agent_id">> & { readonly agent_id?: string };

export function agentRow(given: Given<AgentRow> = {}): AgentRow {
  const agent_id = (given.agent_id ?? "agent1") as AgentId;
  const row = newAgentRow(agent_id, { agentType: "joke", subject: null, config: {} }, 1);
  const times = { started_at: 1_000, updated_at: 1_000 };
  return { ...row, ...times, status: "running", generation: 1, ...given, agent_id };
}

export function stepRow(given: Given<WholeStepRow> = {}): WholeStepRow {
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
    context: null,
    subject_after: null,
    done: false,
    epoch: 1,
    started_at: 1_000,
    ended_at: 2_000,
    next_at: null,
    next_on: null,
    ...given,
    agent_id: (given.agent_id ?? "agent1") as AgentId,
  };
}

/** An effect that has ended. */
export function effectRow(given: Given<EffectRow> = {}): EffectRow {
  const row: Omit<EffectRow, "agent_id"> = {
    effect_id: newEffectId(),
    generation: 1,
    iteration: 1,
    turn: 1,
    kind: "once",
    name: "mail",
    key: "mail",
    input_hash: "",
    input: null,
    state: "done",
    value: '"sent"',
    error: null,
    model: null,
    input_tokens: null,
    output_tokens: null,
    wait_ms: null,
    retries: null,
    started_at: 1_000,
    ended_at: 2_000,
    epoch: 1,
  };
  return { ...row, ...given, agent_id: (given.agent_id ?? "agent1") as AgentId };
}

export function liveFigures(given: Partial<LiveFigures> = {}): LiveFigures {
  return {
    heap_bytes: 2 ** 22,
    external_bytes: 0,
    shared_bytes: 0,
    cpu_ms: 0,
    memory_max_bytes: 2 ** 28,
    mailbox_length: 0,
    guidance_since: null,
    unresponsive_since: null,
    unresponsive_frames: null,
    step_since: null,
    due_since: null,
    interval_ms: 3_000,
    model_wait: null,
    progress: null,
    ...given,
  };
}

/** The figures of a process that has just started and has no agents. */
export function fleetStats(given: Partial<FleetStats> = {}): FleetStats {
  return {
    agents: noAgents,
    unresponsive: 0,
    residency: { hot: 0, warm: 0, cold: 0 },
    restarts_total: 0,
    actions: {
      in_flight: 0,
      queued_total: 0,
      processed_total: { done: 0, cancelled: 0, rejected: 0, dead: 0 },
    },
    steps_total: { ok: 0, error: 0, aborted: 0 },
    llm: noCalls,
    usage: usageCounts(),
    store: { is_healthy: true, failing_since: null, error: null },
    process: { rss_bytes: 2 ** 28, cpu_ms: 0, uptime_ms: 0, event_loop_delay_ms: 1 },
    ...given,
  };
}

export const noAgents = Object.fromEntries(
  agentStatuses.map((status) => [status, 0]),
) as FleetStats["agents"];

export const noCalls: FleetStats["llm"] = {
  in_flight: 0,
  waiting: 0,
  calls_total: 0,
  failures_total: 0,
  aborted_total: 0,
  refused_total: 0,
  input_tokens_total: 0,
  output_tokens_total: 0,
  cost_usd_total: 0,
};

/** The figures of a fleet that has spent nothing. */
export function usageCounts(given: Partial<UsageCounts> = {}): UsageCounts {
  return { hour: noFigure, day: noFigure, ever: noFigure, top: null, ...given };
}
