/**
 * The table `agent_steps`: one row for each step of an agent, append only, until retention. A
 * step's row is its commit: a row of `agent_state` that is older is brought up from it.
 */

import Type from "typebox";
import { ErrorData } from "../error-data.ts";
import type { AgentId } from "../ids.ts";
import { STEP_COLUMNS_LEFT_OUT } from "../large-columns.ts";
import { nextSteps } from "../next-step.ts";
import { Count, Flag, Text, Time } from "../schema-parts.ts";
import { stepStatuses } from "../step-status.ts";
import { bool, checkedJson, int32, int64, oneOf, orElse, orNull, text } from "./column.ts";

/** Times are milliseconds since the epoch. */
export const agentStepRow = Type.Object({
  step_id: text(Text),
  agent_id: text(Type.Unsafe<AgentId>(Text)),
  generation: int32(Count),
  /** Counts from 1, over all generations of the agent. */
  iteration: int64(Count),
  status: oneOf(stepStatuses, "error"),
  subject: orNull(text(Text)),
  result: orNull(text(Text)),
  error: orNull(checkedJson(ErrorData)),
  /** Model of the last call in this step, and tokens of all its calls together. */
  model: orNull(text(Text)),
  input_tokens: orNull(int64(Count)),
  output_tokens: orNull(int64(Count)),
  /** Ids of the interrupts whose guidance it used; null in rows from before this was kept. */
  guidance_used: orNull(checkedJson(Type.Array(Text))),
  /** JSON text of the agent's context after the step, if the step changed it. */
  context: orNull(text(Text)),
  /** JSON text of the subject after the step, if the step changed it. */
  subject_after: orNull(text(Text)),
  /** True if the agent was done with this step. */
  done: bool(Flag),
  /** The start of the process that stored the row; 0 in rows from before this was kept. */
  epoch: orElse(int32(Count), 0),
  started_at: int64(Time),
  ended_at: int64(Time),
  /** When the agent's next step is due, if this one said a time. */
  next_at: orNull(int64(Time)),
  /** `guidance` if this one said that the next step waits for guidance alone. */
  next_on: orNull(oneOf(nextSteps, null)),
});

/** The row in lists and events. */
export const listedStepRow = Type.Omit(agentStepRow, [...STEP_COLUMNS_LEFT_OUT]);
