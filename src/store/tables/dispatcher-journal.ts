/** The journal's interface for the dispatcher. Types only. */

import type { ActionRow } from "../../model/action.ts";

/** Notifies the dispatcher of changes to entries. */
export interface JournalListener {
  /** The table has the ends of these actions. */
  readonly onEndsWritten: (ids: readonly string[]) => void;
  /** Nothing of these actions is repeated at a start. */
  readonly onRemoved: (rows: readonly ActionRow[]) => void;
}

/** An action that ended in an earlier process. */
export interface EndedAction {
  readonly row: ActionRow;
  /** True if its agent's row may lack its effect, which must be repeated. */
  readonly isEffectOpen: boolean;
}

export interface DispatcherJournal {
  /**
   * Must be called once, before anything is dispatched.
   * @returns actions that ended in an earlier process, in the order of their ends, which the table may
   * lack
   */
  readonly attach: (listener: JournalListener) => readonly EndedAction[];
  /** True if it has an entry, so that its end goes into the journal. */
  readonly has: (id: string) => boolean;
  /** Leaves these actions to the poller. Resolves once the table has them. */
  readonly leave: (ids: readonly string[]) => Promise<void>;
  /** Leaves these actions to the poller, which need not be rung for: it knows when they are due. */
  readonly leaveUntilDue: (ids: readonly string[]) => void;
  /** True if it has an entry that may stay until its effect is stored. */
  readonly keepsEffect: (id: string) => boolean;
  /**
   * The action ends before its effect is stored: a start would repeat it until
   * {@link DispatcherJournal.closeEffect}.
   */
  readonly openEffect: (id: string) => void;
  readonly closeEffect: (id: string) => void;
}
