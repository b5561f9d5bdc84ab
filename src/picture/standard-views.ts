/** Views of the list that everybody has, by name. Pure. */

import { type ListQuery, listQueryDefault } from "./list-query.ts";

export interface NamedView {
  readonly name: string;
  readonly query: ListQuery;
}

export const standardViews: readonly NamedView[] = [
  { name: "All agents", query: listQueryDefault },
  { name: "Failed", query: { ...listQueryDefault, statuses: new Set(["error", "restarting"]) } },
  { name: "Paused", query: { ...listQueryDefault, statuses: new Set(["pausing", "paused"]) } },
  { name: "Busiest", query: { ...listQueryDefault, sort: "rate", isDescending: true } },
  { name: "Largest", query: { ...listQueryDefault, sort: "memory", isDescending: true } },
];

/** Names differ in more than their case. */
export function findView(views: readonly NamedView[], name: string): NamedView | undefined {
  const sought = name.trim().toLowerCase();
  return views.find((view) => view.name.toLowerCase() === sought);
}
