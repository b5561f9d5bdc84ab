/** Enqueue: makes rows of requested actions and appends them to the table. */

import { type Action, type ActionRow, type NewAction, toAction } from "../model/action.ts";
import type { ErrorData } from "../model/error-data.ts";
import { newActionId } from "../model/ids.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import { checkNewActions, toCellText } from "./request-check.ts";

/** A durable row, and its action if it was checked before it was enqueued. */
export interface OfferedRow {
  readonly row: ActionRow;
  readonly parsed: Action | undefined;
}

/** The dispatcher of this process, which need not find these rows by polling. */
export interface LocalDispatcher {
  /** These ids are new; no other row has them. */
  announce(ids: readonly string[]): void;
  /** These rows are durable. Those whose ids were announced need not be read from the table. */
  submit(offered: readonly OfferedRow[]): void;
  /** Ends an action that has not started; see withdrawals.ts. */
  withdraw(id: string, why: ErrorData): Promise<ActionRow>;
  /** Another process says that it has appended rows. */
  ring(): void;
}

export interface EnqueueOptions {
  readonly dispatcher?: LocalDispatcher | undefined;
  /** Kept with each row, see {@link ActionRow.request_key}. */
  readonly requestKey?: string | undefined;
}

/**
 * Appends the actions in one commit and resolves with their ids once they are durable.
 * @throws {TroupeError} `ACTION_MALFORMED` for more than 10,000 actions or one that is out of bounds,
 * `STORE_UNAVAILABLE`.
 */
export async function enqueue(
  table: QueueTable,
  actions: readonly NewAction[],
  { dispatcher, requestKey }: EnqueueOptions = {},
): Promise<readonly string[]> {
  checkNewActions(actions);
  const now = Date.now();
  const offered = actions.map((action): OfferedRow => {
    const row = toRow(action, now, requestKey);
    return { row, parsed: action.isChecked && toAction(row, action.payload) };
  });
  const rows = offered.map(({ row }) => row);
  // With a journal, the caller's own ids were looked up before; see own-ids.ts. Rows that are due later are
  // left to the poller, which looks their ids up: they would be kept for as long.
  const isNew = ({ not_before }: ActionRow, n: number) =>
    (actions[n]?.id === undefined || table.journal !== undefined) && (not_before ?? 0) <= now;
  dispatcher?.announce(rows.filter(isNew).map(({ id }) => id));
  await table.append(rows, dispatcher !== undefined);
  dispatcher?.submit(offered);
  return rows.map(({ id }) => id);
}

/** The row of an action that was not handled yet. Pure, unless it makes the id. */
export function toRow(request: NewAction, now: number, requestKey?: string): ActionRow {
  const { action, actor, payload, metadata } = request;
  return {
    id: request.id ?? newActionId(),
    action,
    agent_id: request.agent_id ?? null,
    actor,
    payload: toCellText(`payload of ${action}`, payload),
    metadata: metadata === undefined ? null : toCellText(`metadata of ${action}`, metadata),
    urgency: request.urgency ?? 0,
    created_at: now,
    processed: false,
    not_before: request.not_before ?? null,
    attempts: 0,
    outcome: null,
    error: null,
    processed_at: null,
    request_key: requestKey ?? null,
  };
}
