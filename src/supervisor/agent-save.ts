/** The saves of an agent's row: how soon the table must have it, and what a saved step resolves. */

import { type AgentRow, isAlive } from "../model/agent.ts";

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
const urgentColumns = ["status", "paused", "last_error", "exit_reason"] as const;

/**
 * True if a column has changed that others must see immediately, or the table has no living row of the
 * agent. A new thread of an agent that rested is no such change.
 */
export function hasNews(row: AgentRow, saved: AgentRow | undefined): boolean {
  if (saved === undefined || !isLiving(saved)) return true;
  return urgentColumns.some((name) => row[name] !== saved[name]);
}

/** True if there is a row, and its agent has not ended. */
export function isLiving(row: AgentRow | undefined): boolean {
  return row !== undefined && isAlive(row.status);
}

/** A save that did not wait for others. */
export class UrgentSave {
  readonly #over: Promise<unknown>;
  #isOver = false;

  constructor(saving: Promise<void>) {
    const end = () => {
      this.#isOver = true;
    };
    this.#over = saving.then(end, end);
  }

  /** Calls `then` once the save has ended, whatever its result: immediately if it has. */
  whenOver(then: () => void): void {
    if (this.#isOver) then();
    else void this.#over.then(then);
  }
}
