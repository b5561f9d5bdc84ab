/** Moves about in the list and between the pages. */

import { pushPlace, replacePlace } from "./page-address.ts";
import {
  activeAt,
  activeId,
  listed,
  route,
  rows,
  selectedIds,
  selection,
  sightWanted,
} from "./page-store.ts";
import { targetsOf } from "./state/key-targets.ts";
import type { Route } from "./state/route.ts";
import { extendedTo, nothingSelected, toggled, toggledAll } from "./state/selection.ts";

export function go(to: Route): void {
  // An agent's page takes the focus, unless somebody walks the list beside it.
  if (to.page === "agent" && isInGrid(document.activeElement)) document.activeElement.blur();
  pushPlace(to);
}

export function isInGrid(element: unknown): element is HTMLElement {
  return element instanceof HTMLElement && element.matches("table[role=grid]");
}

/** Moves the keyboard's place by so many agents; the first move finds the first one. */
export function moveActive(by: number): void {
  const order = rows.value.flatMap((row) => (row.kind === "agent" ? [row.id] : []));
  if (order.length === 0) return;
  const at = order.indexOf(activeId.value ?? "");
  const first = by > 0 ? 0 : order.length - 1;
  const next = at === -1 ? first : Math.min(Math.max(at + by, 0), order.length - 1);
  activeId.value = order[next] ?? null;
  // Beside the list is the page of the agent that is marked in it.
  if (route.value.page === "agent") replacePlace({ page: "agent", id: order[next] ?? "" });
}

/** The agents that a key acts on. */
export function targets(): readonly string[] {
  return targetsOf({ route: route.value, selected: selectedIds.value, active: listedActive() });
}

/** The agent that the keyboard is at, if it is listed. */
export function listedActive(): string | null {
  return activeAt.value === -1 ? null : activeId.value;
}

/**
 * Whether the marked line has been scrolled out of sight; it is scrolled back then. A key that acts on
 * it at once asks first, so that it acts on nothing that nobody sees.
 */
export function bringBackActive(): boolean {
  const id = listedActive();
  if (id === null || isLineInSight(id)) return false;
  sightWanted.value += 1;
  return true;
}

/** A line that is far away is not drawn; half of it in sight is enough. */
function isLineInSight(id: string): boolean {
  const line = document.getElementById(`agent-${id}`);
  const list = line?.closest(".table-scroll");
  if (line === null || list == null) return false;
  const head = list.querySelector("thead")?.getBoundingClientRect().bottom ?? 0;
  const { top, bottom } = list.getBoundingClientRect();
  const { top: lineTop, bottom: lineBottom } = line.getBoundingClientRect();
  const middle = (lineTop + lineBottom) / 2;
  return middle > Math.max(top, head, 0) && middle < Math.min(bottom, innerHeight);
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
