/** Enqueue: makes rows of what somebody asks for and appends them to the table. */

import type { ActionRow, NewAction } from "../model/action.ts";
import type { ErrorData } from "../model/error-data.ts";
import { newActionId } from "../model/ids.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import { type ActionRequest, checkRequests, toCellText } from "./request-check.ts";

/** The dispatcher, where it is in this process: it need not find out by itself. */
export interface LocalDispatcher {
  /** These ids were made just now; no other row has them. */
  announce(ids: readonly string[]): void;
  /** These rows are durable. Those whose ids were expected need not be read from the table. */
  submit(rows: readonly NewAction[]): void;
  /** Ends an action that has not begun; see {@link QueueVerbs.actionCancel}. */
  withdraw(id: string, why: ErrorData): Promise<ActionRow>;
}

export interface EnqueueOptions {
  readonly dispatcher?: LocalDispatcher | undefined;
  /** Kept with each row, see {@link ActionRow.request_key}. */
  readonly requestKey?: string | undefined;
}

/**
 * Appends the requests in one commit and resolves with their ids once they are durable.
 * @throws {TroupeError} `ACTION_MALFORMED` for more than 10,000 at once or for what is out of bounds,
 * `STORE_UNAVAILABLE`.
 */
export async function enqueue(
  table: QueueTable,
  requests: readonly ActionRequest[],
  { dispatcher, requestKey }: EnqueueOptions = {},
): Promise<readonly string[]> {
  checkRequests(requests);
  const now = Date.now();
  const rows = requests.map((request) => toRow(request, now, requestKey));
  const isOurs = (_row: NewAction, n: number) => requests[n]?.id === undefined;
  dispatcher?.announce(rows.filter(isOurs).map((row) => row.id));
  await table.append(rows, dispatcher !== undefined);
  dispatcher?.submit(rows);
  return rows.map((row) => row.id);
}

/** The row that a request becomes. Pure but for the id, where none is given. */
export function toRow(request: ActionRequest, now: number, requestKey?: string): NewAction {
  return {
    id: request.id ?? newActionId(),
    action: request.action,
    agent_id: request.agentId ?? null,
    actor: request.actor,
    payload: toCellText(`payload of ${request.action}`, request.payload),
    metadata:
      request.metadata === undefined
        ? null
        : toCellText(`metadata of ${request.action}`, request.metadata),
    urgency: request.urgency ?? 0,
    created_at: now,
    not_before: request.notBefore ?? null,
    request_key: requestKey ?? null,
  };
}
