/** The order in which actions are taken. Pure. */

import type { ActionRow } from "../model/action.ts";

/** The columns that decide the order. */
export type Ordered = Pick<ActionRow, "id" | "action" | "urgency" | "created_at">;

/** Higher urgency first, then older first, then by id. A total order over rows of different ids. */
export function compareActions(a: Ordered, b: Ordered): number {
  if (a.urgency !== b.urgency) return b.urgency - a.urgency;
  return compareAge(a, b);
}

/** Older first, then by id. */
export function compareAge(
  a: Pick<Ordered, "id" | "created_at">,
  b: Pick<Ordered, "id" | "created_at">,
): number {
  if (a.created_at !== b.created_at) return a.created_at - b.created_at;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** False for an action that must wait until a later time; younger ones go first until then. */
export function isDue({ not_before }: Pick<ActionRow, "not_before">, now: number): boolean {
  return (not_before ?? 0) <= now;
}
