/** The list of actions, newest first, page by page. */

import type { ActionOutcome, ActionRow } from "../model/action.ts";
import {
  decodeCursor,
  type Page,
  type PageOptions,
  pageLimit,
  type SortKey,
  toPage,
} from "./cursor.ts";
import { all, any, type Predicate, predicatesOf } from "./predicate.ts";
import type { StoredTable } from "./stored-table.ts";

export interface ActionFilter extends PageOptions {
  readonly status?: "pending" | "processed";
  readonly outcome?: ActionOutcome;
  readonly agent_id?: string;
  readonly action?: string;
}

/**
 * How far back a page is looked for before all rows are sorted, in milliseconds: to sort a million
 * takes 300 ms, and what is asked for is nearly always young.
 */
const AGES_MS = [10_000, 600_000];

const has = predicatesOf("queue");

/** @throws {TroupeError} `CURSOR_INVALID`. */
export async function listActions(
  table: StoredTable<"queue">,
  options: ActionFilter,
): Promise<Page<ActionRow>> {
  const limit = pageLimit(options.limit);
  const { cursor } = options;
  const after = cursor === undefined ? undefined : decodeCursor(cursor, ["number", "string"]);
  const where = all(filterOf(options), after && isOlder(after));
  const newest = after === undefined ? Date.now() : Number(after[0]);
  for (const ageMs of AGES_MS) {
    const isYoung = has.isAbove("created_at", newest - ageMs);
    const rows = await read(table, all(where, isYoung), limit + 1);
    if (rows.length > limit) return toPage(rows, limit, keyOf);
  }
  return toPage(await read(table, where, limit + 1), limit, keyOf);
}

function filterOf({ status, outcome, agent_id, action }: ActionFilter): Predicate | undefined {
  return all(
    status && has.is("processed", status === "processed"),
    outcome && has.is("outcome", outcome),
    agent_id === undefined ? undefined : has.is("agent_id", agent_id),
    action === undefined ? undefined : has.is("action", action),
  );
}

function read(
  table: StoredTable<"queue">,
  where: Predicate | undefined,
  limit: number,
): Promise<readonly ActionRow[]> {
  return table.read<ActionRow>({
    ...(where === undefined ? {} : { where }),
    order: [
      { column: "created_at", direction: "down" },
      { column: "id", direction: "down" },
    ],
    limit,
  });
}

function keyOf(row: ActionRow): SortKey {
  return [row.created_at, row.id];
}

function isOlder([createdAt = 0, id = ""]: SortKey): Predicate {
  return any(
    has.isBelow("created_at", createdAt),
    all(has.is("created_at", createdAt), has.isBelow("id", id)),
  );
}
