/** The row of an agent that did not exist before. */

import type { AgentRow } from "../model/agent.ts";
import { History } from "../model/history.ts";
import type { AgentId } from "../model/ids.ts";
import { newUsage } from "../model/usage.ts";

export function newAgentRow(
  agentId: AgentId,
  { agentType, subject, config }: NewAgent,
  epoch: number,
): AgentRow {
  const now = Date.now();
  return {
    agent_id: agentId,
    agent_type: agentType,
    status: "stopped",
    paused: false,
    iteration: 0,
    result: null,
    current_subject: subject,
    pending_guidance: [],
    context: "null",
    history: History.empty,
    last_error: null,
    restarts: 0,
    generation: 0,
    epoch,
    started_at: now,
    ended_at: null,
    updated_at: now,
    config,
    applied_actions: [],
    exit_reason: null,
    steps_since: "",
    turn: 1,
    next_at: null,
    next_on: null,
    usage: newUsage(epoch),
  };
}

/** The agent's row, new or from before, as its creator starts it: its first step is due immediately. */
export function startedRow(row: AgentRow, { agentType, subject, config }: NewAgent): AgentRow {
  const current_subject = subject ?? row.current_subject;
  const due = { next_at: null, next_on: null };
  return { ...row, paused: false, agent_type: agentType, config, current_subject, ...due };
}

/** The request for a new agent, with defaults. */
export interface NewAgent {
  readonly agentType: string;
  readonly subject: string | null;
  readonly config: Readonly<Record<string, unknown>>;
}
