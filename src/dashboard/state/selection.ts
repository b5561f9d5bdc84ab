/** Which agents are selected for bulk actions. Pure: each change is a new selection. */

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Where a range starts: the line that was selected last. */
  readonly anchor: string | null;
}

export const nothingSelected: Selection = { ids: new Set(), anchor: null };

export function toggled({ ids }: Selection, id: string): Selection {
  const one = new Set([id]);
  return { ids: ids.has(id) ? ids.difference(one) : ids.union(one), anchor: id };
}

/**
 * Selects all from the anchor to `id` in the order of the list, or `id` alone without an anchor.
 */
export function extendedTo(
  { ids, anchor }: Selection,
  id: string,
  order: readonly string[],
): Selection {
  const from = order.indexOf(anchor ?? id);
  const to = order.indexOf(id);
  if (from === -1 || to === -1) return { ids: ids.union(new Set([id])), anchor: id };
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: ids.union(new Set(range)), anchor: anchor ?? id };
}

export function toggledAll({ ids }: Selection, order: readonly string[]): Selection {
  const all = new Set(order);
  return order.length > 0 && all.isSubsetOf(ids)
    ? { ids: ids.difference(all), anchor: null }
    : { ids: ids.union(all), anchor: null };
}

/** Removes agents that are gone. */
export function without({ ids, anchor }: Selection, gone: readonly string[]): Selection {
  const isAnchorGone = anchor !== null && gone.includes(anchor);
  return { ids: ids.difference(new Set(gone)), anchor: isAnchorGone ? null : anchor };
}
