/** Makes the row of a step from its report. */

import type { StepReport } from "../boundary/protocol.ts";
import type { AgentRow } from "../model/agent.ts";
import { newStepId } from "../model/ids.ts";
import type { WholeStepRow } from "../model/step.ts";

/** @param row the agent's, before the step */
export function toStepRow(report: StepReport, row: AgentRow, epoch: number): WholeStepRow {
  const { contextJson, currentSubject, subject } = report;
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
    context: contextJson === row.context ? null : contextJson,
    subject_after: currentSubject === subject ? null : JSON.stringify(currentSubject),
    done: report.isDone === true,
    epoch,
    started_at: report.startedAt,
    ended_at: report.endedAt,
  };
}
