/**
 * Steps on the time axis of a fleet: each without its texts, and counted by agent and time. They are for
 * pictures of many agents, so nothing that can be large is read for them.
 */

import Type from "typebox";
import { agentStepRow } from "./rows/agent-step-row.ts";
import { Count, countsOf, Flag, type StaticOf, Time } from "./schema-parts.ts";
import { stepStatuses } from "./step-status.ts";

/** A stored step without its texts. */
export const StepSpanSchema = Type.Object(
  {
    ...Type.Pick(agentStepRow, [
      "step_id",
      "agent_id",
      "generation",
      "iteration",
      "status",
      "model",
      "input_tokens",
      "output_tokens",
      "started_at",
      "ended_at",
    ]).properties,
    /** True if it used guidance. */
    is_guided: Flag,
  },
  { $id: "StepSpan" },
);

/**
 * An agent's steps in one bucket of time. Parts of the same bucket may be on several pages: they are added.
 */
export const StepCountSchema = Type.Object(
  {
    agent_id: agentStepRow.properties.agent_id,
    /** Start of the bucket, a multiple of its length. */
    at: Time,
    /** Steps that ended in it, by outcome. */
    ...countsOf(stepStatuses).properties,
    /** Milliseconds of the bucket in which the agent was in a step. */
    busy_ms: Count,
  },
  { $id: "StepCount" },
);

export type StepSpan = StaticOf<typeof StepSpanSchema>;
export type StepCount = StaticOf<typeof StepCountSchema>;
