/** Columns of `agent_state` that can be large. Loads no schema library. */

import type { AgentRow } from "./agent.ts";

/** Columns that lists leave out. */
export const LISTED_COLUMNS_LEFT_OUT = [
  "context",
  "history",
] as const satisfies readonly (keyof AgentRow)[];

/** Columns that events and summaries leave out. */
export const SUMMARY_COLUMNS_LEFT_OUT = [
  ...LISTED_COLUMNS_LEFT_OUT,
  "pending_guidance",
  "config",
  "applied_actions",
] as const satisfies readonly (keyof AgentRow)[];
