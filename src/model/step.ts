/** A step: one turn of an agent's loop, as kept for ever (until retention) in `agent_steps`. */

import type { ErrorData } from "./error-data.ts";
import type { AgentId } from "./ids.ts";

export type StepStatus = "ok" | "error" | "aborted";

/** One row of `agent_steps`, JSON columns parsed. Times are milliseconds since the epoch. */
export interface StepRow {
  readonly step_id: string;
  readonly agent_id: AgentId;
  readonly generation: number;
  /** Counts from 1, over all generations of the agent. */
  readonly iteration: number;
  readonly status: StepStatus;
  readonly subject: string | null;
  readonly result: string | null;
  readonly error: ErrorData | null;
  /** Model that answered last in this step, and tokens of all its calls together. */
  readonly model: string | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  /** Ids of the interrupts whose guidance it used; null in rows from before this was kept. */
  readonly guidance_used: readonly string[] | null;
  readonly started_at: number;
  readonly ended_at: number;
}
