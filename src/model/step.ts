/** A step: one round of an agent's loop, kept in `agent_steps` until retention. Loads no schema library. */

import type { PageRequest } from "./list-page.ts";
import type { agentStepRow, listedStepRow } from "./rows/agent-step-row.ts";
import type { StaticOf } from "./schema-parts.ts";
import type { StepStatus } from "./step-status.ts";

/** One row of `agent_steps` in lists and events, JSON columns parsed. */
export type StepRow = StaticOf<typeof listedStepRow>;
/** The whole row. */
export type WholeStepRow = StaticOf<typeof agentStepRow>;

export interface AgentStepFilter {
  /** Steps that ended like this. */
  readonly status?: StepStatus;
}
export type StepPageRequest = AgentStepFilter & PageRequest;

/** The step for lists and events. Pure. */
export function listedStep(row: WholeStepRow): StepRow {
  const { context: _context, subject_after: _subject, ...listed } = row;
  return listed;
}
