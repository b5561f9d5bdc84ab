/** Columns that can be large, or are for the store alone. Loads no schema library. */

import type { AgentRow } from "./agent.ts";

/** Columns of `agent_state` that lists leave out. */
export const LISTED_COLUMNS_LEFT_OUT = [
  "context",
  "history",
  "steps_since",
  "turn",
] as const satisfies readonly (keyof AgentRow)[];

/** Columns of `agent_state` that events and summaries leave out. */
export const SUMMARY_COLUMNS_LEFT_OUT = [
  ...LISTED_COLUMNS_LEFT_OUT,
  "pending_guidance",
  "config",
  "applied_actions",
  "usage",
] as const satisfies readonly (keyof AgentRow)[];

/** Columns of `agent_steps` that lists and events leave out. */
export const STEP_COLUMNS_LEFT_OUT = ["context", "subject_after"] as const;
