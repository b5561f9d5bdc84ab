/** Moves in the list and between the pages. */

import { pushPlace, replacePlace } from "./page-address.ts";
import {
  activeAt,
  activeId,
  activeSought,
  listed,
  route,
  rows,
  selectedIds,
  selection,
} from "./page-store.ts";
import { targetsOf } from "./state/key-targets.ts";
import type { Route } from "./state/route.ts";
import { extendedTo, nothingSelected, toggled, toggledAll, without } from "./state/selection.ts";

export function go(to: Route): void {
  // An agent's page takes the focus, unless the reader is moving through the list next to it.
  if (to.page === "agent" && isInGrid(document.activeElement)) document.activeElement.blur();
  pushPlace(to);
}

export function isInGrid(element: unknown): element is HTMLElement {
  return element instanceof HTMLElement && element.matches("table[role=grid]");
}

/** Moves the active line by so many agents; the first move activates the first agent. */
export function moveActive(by: number): void {
  const order = rows.value.flatMap((row) => (row.kind === "agent" ? [row.id] : []));
  if (order.length === 0) return;
  const at = order.indexOf(activeId.value ?? "");
  const first = by > 0 ? 0 : order.length - 1;
  const next = at === -1 ? first : Math.min(Math.max(at + by, 0), order.length - 1);
  activeId.value = order[next] ?? null;
  // The page next to the list is that of the active agent.
  if (route.value.page === "agent") replacePlace({ page: "agent", id: order[next] ?? "" });
}

/** The agents that the page shows as the targets of keys, in sight or not. */
export function markedTargets(): readonly string[] {
  return targetsOf({ route: route.value, selected: selectedIds.value, active: listedActive() });
}

/**
 * The agents that a key acts on. None if the line or bar that shows them is out of sight: it is
 * scrolled into view, and the key can be pressed again.
 */
export function seenTargets(): readonly string[] {
  const selected = selectedIds.value;
  const active = listedActive();
  const ids = markedTargets();
  if (ids.length === 0 || route.value.page !== "agents") return ids;
  if (selected.length > 0) {
    const bar = document.querySelector(".bulk-bar");
    if (isInSight(bar)) return ids;
    bar?.scrollIntoView({ block: "nearest" });
    return [];
  }
  return bringActiveIntoSight(active) ? [] : ids;
}

/** True if the active line was out of sight; the list then scrolls to it. */
export function bringActiveIntoSight(id: string | null): boolean {
  if (isInSight(document.getElementById(`agent-${id}`))) return false;
  activeSought.value += 1;
  return true;
}

/** True if most of its height is on the screen and not covered. */
function isInSight(element: Element | null): boolean {
  if (element === null) return false;
  const { left, width, top, height } = element.getBoundingClientRect();
  return [0.3, 0.7].every((part) => {
    const found = document.elementFromPoint(left + width / 2, top + height * part);
    return found !== null && (element.contains(found) || found.closest(".receipts") !== null);
  });
}

/** The active agent, if it is listed. */
export function listedActive(): string | null {
  return activeAt.value === -1 ? null : activeId.value;
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

/** Removes these agents from the selection. */
export function deselect(ids: readonly string[]): void {
  selection.value = without(selection.value, ids);
}
