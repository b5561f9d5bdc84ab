/** The table `agent_steps`: one row for each turn of an agent's loop, append only, until retention. */

import Type from "typebox";
import { ErrorData } from "../error-data.ts";
import type { AgentId } from "../ids.ts";
import { Count, Text, Time } from "../schema-parts.ts";
import { int32, int64, json, orNull, text } from "./column.ts";

export const stepStatuses = ["ok", "error", "aborted"] as const;

/** Times are milliseconds since the epoch. */
export const agentStepRow = Type.Object({
  step_id: text(Text),
  agent_id: text(Type.Unsafe<AgentId>(Text)),
  generation: int32(Count),
  /** Counts from 1, over all generations of the agent. */
  iteration: int64(Count),
  status: text(Type.Enum([...stepStatuses])),
  subject: orNull(text(Text)),
  result: orNull(text(Text)),
  error: orNull(json(ErrorData)),
  /** Model of the last call in this step, and tokens of all its calls together. */
  model: orNull(text(Text)),
  input_tokens: orNull(int64(Count)),
  output_tokens: orNull(int64(Count)),
  /** Ids of the interrupts whose guidance it used; null in rows from before this was kept. */
  guidance_used: orNull(json(Type.Array(Text))),
  started_at: int64(Time),
  ended_at: int64(Time),
});
