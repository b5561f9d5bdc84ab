/**
 * The dispatcher's desk for the journal: receives what the journal reports of its entries, keeps those
 * of actions that end before their effect is stored, and repeats the effects of actions that an earlier
 * process ended. Until the agent's row has an effect on the disk, the entry stays, and the next start
 * repeats the effect.
 */

import type { Logger } from "pino";
import { type Action, type ActionRow, laneOf, parseAction } from "../model/action.ts";
import { environmentActions } from "../model/actions/action-registry.ts";
import { isTransient } from "../model/error-codes.ts";
import { TroupeError } from "../model/errors.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import type { Completer } from "./completer.ts";
import type { Lanes } from "./lanes.ts";
import type { OpenAction, OpenActions } from "./open-actions.ts";

export interface JournalDeskOptions {
  readonly table: Pick<QueueTable, "journal">;
  readonly log: Logger;
  readonly open: OpenActions;
  readonly lanes: Lanes<ActionRow>;
  readonly completer: Completer;
  /** Carries out an action again that has ended as done. */
  readonly repeat: (action: Action) => Promise<{ readonly stored?: Promise<void> }>;
  /** Called for each action once it will not be dispatched again. */
  readonly onAcked: (agentId: string, actionId: string) => void;
}

export class JournalDesk {
  readonly #options: JournalDeskOptions;

  constructor(options: JournalDeskOptions) {
    this.#options = options;
  }

  /**
   * Puts actions that an earlier process ended into their lanes if a crash may have taken their
   * effects. Its other ended actions are known from now on, because the table may lack their ends.
   */
  attach(): void {
    const { table, open, lanes, completer } = this.#options;
    const ended = table.journal?.attach({
      onEndsWritten: (ids) => completer.onEndsWritten(ids),
      onRemoved: (rows) => this.#onRemoved(rows),
    });
    for (const { row, isEffectOpen } of ended ?? []) {
      if (isEffectOpen && !environmentActions.includes(row.action)) {
        lanes.add(open.admitRepeated(row));
      } else {
        table.journal?.closeEffect(row.id);
        open.journal(row.id);
      }
    }
  }

  /** Leaves actions to the poller; resolves once the table has them, or has refused them for now. */
  async leave(ids: readonly string[]): Promise<void> {
    // A refusal is retried in the background.
    await this.#options.table.journal?.leave(ids).catch(() => undefined);
  }

  /** Leaves actions to the poller, which knows when they are due; the table gets them in its own time. */
  leaveUntilDue(ids: readonly string[]): void {
    this.#options.table.journal?.leaveUntilDue(ids);
  }

  /** The action ends now, and its effect is stored later: until then the next start repeats it. */
  awaitEffect({ row: { id } }: OpenAction, stored: Promise<void>): void {
    const { journal } = this.#options.table;
    journal?.openEffect(id);
    stored.then(
      () => journal?.closeEffect(id),
      () => undefined, // the next start repeats it
    );
  }

  /**
   * Resolves once the effect is there, stored or not, and the lane has room: a wait for the store after each
   * of hundreds would keep the lane's other actions waiting for seconds. Never rejects. An effect that cannot
   * be stored now is repeated again at the next start.
   */
  async repeat(action: OpenAction): Promise<void> {
    const { open } = this.#options;
    const { row } = action;
    const { id } = row;
    try {
      const { stored } = await this.#options.repeat(parseAction(row));
      // Against the lane's limit, until the entry is removed: the agent's row must remember it so long.
      open.affect(action);
      this.#closeEffect(id, stored ?? Promise.resolve());
    } catch (error) {
      this.#closeEffect(id, Promise.reject(error));
    }
    open.journal(id);
    // The table may have had its end before.
    this.#options.completer.settleWritten(id);
    await open.room(action.lane);
  }

  #closeEffect(id: string, stored: Promise<void>): void {
    const { table, log } = this.#options;
    stored.then(
      () => table.journal?.closeEffect(id),
      (err: unknown) => {
        const isKept = err instanceof TroupeError && isTransient(err.code);
        if (!isKept) table.journal?.closeEffect(id);
        log.warn({ err, id }, "the effect of an action that ended is not stored");
      },
    );
  }

  #onRemoved(rows: readonly ActionRow[]): void {
    const { open, onAcked } = this.#options;
    for (const row of rows) {
      const lane = laneOf(row);
      open.removeUnacked(lane, row.id);
      onAcked(lane, row.id);
    }
  }
}
