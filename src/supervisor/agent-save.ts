/** The saves of an agent's row: how soon the table must have it, and what a saved step resolves. */

import type { AgentRow } from "../model/agent.ts";

export interface SaveOptions {
  /** Stores the row with the next merge, whatever changed. */
  readonly atOnce?: boolean;
}

/** The two ends of a saved step. */
export interface StepSave {
  /** Resolves once the step is stored, and announced. */
  readonly stored: Promise<void>;
  /** Resolves once the table has the row after it. Also rejects if the step was not stored. */
  readonly merged: Promise<void>;
}

/** Changes of these columns are stored without delay. */
const urgentColumns = ["status", "paused", "last_error", "generation", "exit_reason"] as const;

/** True if a column has changed that others must see immediately. */
export function hasNews(row: AgentRow, saved: AgentRow | undefined): boolean {
  return urgentColumns.some((name) => row[name] !== saved?.[name]);
}
