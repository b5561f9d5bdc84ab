/** Moves about in the list and between the pages. */

import { pushPlace } from "./address.ts";
import type { Route } from "./state/route.ts";
import { extendedTo, nothingSelected, toggled, toggledAll } from "./state/selection.ts";
import { activeId, listed, route, rows, selectedIds, selection } from "./store.ts";

export function go(to: Route): void {
  pushPlace(to);
}

/** Moves the keyboard's place by so many agents; the first move finds the first one. */
export function moveActive(by: number): void {
  const order = rows.value.flatMap((row) => (row.kind === "agent" ? [row.id] : []));
  if (order.length === 0) return;
  const at = order.indexOf(activeId.value ?? "");
  const first = by > 0 ? 0 : order.length - 1;
  const next = at === -1 ? first : Math.min(Math.max(at + by, 0), order.length - 1);
  activeId.value = order[next] ?? null;
}

/** The agents that a key or a button of the list acts on: the marked ones, or else the one in question. */
export function targets(): readonly string[] {
  if (selectedIds.value.length > 0) return selectedIds.value;
  const id = route.value.page === "agent" ? route.value.id : activeId.value;
  return id === null ? [] : [id];
}

export function toggleSelected(id: string, isRange = false): void {
  const order = listed.value.map((entry) => entry.id);
  selection.value = isRange ? extendedTo(selection.value, id, order) : toggled(selection.value, id);
}

export function toggleAllSelected(): void {
  selection.value = toggledAll(
    selection.value,
    listed.value.map(({ id }) => id),
  );
}

export function clearSelection(): void {
  selection.value = nothingSelected;
}
