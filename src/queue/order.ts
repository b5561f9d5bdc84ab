/** The order in which actions are taken: pure, so that it can be proven over all inputs. */

import type { ActionRow } from "../model/action.ts";

type Ordered = Pick<ActionRow, "id" | "action" | "urgency" | "created_at">;

/** Higher urgency first, then older first, then by id. A total order over rows of different ids. */
export function compareActions(a: Ordered, b: Ordered): number {
  if (a.urgency !== b.urgency) return b.urgency - a.urgency;
  return compareAge(a, b);
}

/**
 * The action that a lane takes next, of those that wait in it.
 *
 * `agent_destroy` overtakes whatever waits for its agent, except a `create_agent` that is older than
 * it: whoever asks for an agent and then for its end must not be left with the agent.
 */
export function takeFirst<T extends Ordered>(waiting: readonly T[]): T | undefined {
  const destroy = best(waiting.filter(isDestroy));
  if (destroy === undefined) return best(waiting);
  const olderCreates = waiting.filter((row) => isCreate(row) && compareAge(row, destroy) < 0);
  return best(olderCreates) ?? destroy;
}

function best<T extends Ordered>(rows: readonly T[]): T | undefined {
  let first: T | undefined;
  for (const row of rows) {
    if (first === undefined || compareActions(row, first) < 0) first = row;
  }
  return first;
}

function compareAge(a: Ordered, b: Ordered): number {
  if (a.created_at !== b.created_at) return a.created_at - b.created_at;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

function isDestroy(row: Ordered): boolean {
  return row.action === "agent_destroy";
}

function isCreate(row: Ordered): boolean {
  return row.action === "create_agent";
}
