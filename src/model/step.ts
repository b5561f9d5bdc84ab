/** A step: one turn of an agent's loop, kept in `agent_steps` until retention. Types only. */

import type { agentStepRow } from "./rows/agent-step-row.ts";
import type { StaticOf } from "./schema-parts.ts";

/** One row of `agent_steps`, JSON columns parsed. */
export type StepRow = StaticOf<typeof agentStepRow>;
export type StepStatus = StepRow["status"];
