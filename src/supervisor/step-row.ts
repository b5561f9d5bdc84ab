/** Makes the row of a step from its report. */

import type { StepReport } from "../boundary/protocol.ts";
import type { AgentRow } from "../model/agent.ts";
import { nextColumns } from "../model/next-step.ts";
import type { WholeStepRow } from "../model/step.ts";

export interface StepPlace {
  readonly stepId: string;
  /** The agent's, before the step. */
  readonly row: AgentRow;
  readonly epoch: number;
  /** True if no further try gets the guidance that the step has thrown on. */
  readonly isLastTry: boolean;
}

export function toStepRow(
  report: StepReport,
  { stepId, row, epoch, isLastTry }: StepPlace,
): WholeStepRow {
  const { contextJson, currentSubject, subject, guidanceUsed, guidanceFailed = [] } = report;
  return {
    step_id: stepId,
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
    guidance_used: isLastTry ? [...guidanceUsed, ...guidanceFailed] : guidanceUsed,
    context: contextJson === row.context ? null : contextJson,
    subject_after: currentSubject === subject ? null : JSON.stringify(currentSubject),
    done: report.isDone === true,
    epoch,
    started_at: report.startedAt,
    ended_at: report.endedAt,
    ...nextColumns(report.next),
  };
}
