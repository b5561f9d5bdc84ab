/** Makes the row of a step from its report. */

import type { StepReport } from "../boundary/protocol.ts";
import type { AgentRow } from "../model/agent.ts";
import { newStepId } from "../model/ids.ts";
import type { StepRow } from "../model/step.ts";

export function toStepRow(report: StepReport, row: AgentRow): StepRow {
  return {
    step_id: newStepId(),
    agent_id: row.agent_id,
    generation: row.generation,
    iteration: report.iteration,
    status: report.status,
    subject: report.subject,
    result: report.result,
    error: report.error,
    model: report.usage?.model ?? null,
    input_tokens: report.usage?.input_tokens ?? null,
    output_tokens: report.usage?.output_tokens ?? null,
    guidance_used: report.guidanceUsed,
    started_at: report.startedAt,
    ended_at: report.endedAt,
  };
}
