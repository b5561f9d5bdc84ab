/** Which agents are marked for what is done to many at once. Pure: each change is a new selection. */

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Where a range begins: the line that was marked last. */
  readonly anchor: string | null;
}

export const nothingSelected: Selection = { ids: new Set(), anchor: null };

export function toggled({ ids }: Selection, id: string): Selection {
  const one = new Set([id]);
  return { ids: ids.has(id) ? ids.difference(one) : ids.union(one), anchor: id };
}

/** Marks all from the anchor to `id`, in the order of the list; without an anchor `id` alone. */
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

/** All of them, or none where all of them are marked. */
export function toggledAll({ ids }: Selection, order: readonly string[]): Selection {
  const all = new Set(order);
  return order.length > 0 && all.isSubsetOf(ids)
    ? { ids: ids.difference(all), anchor: null }
    : { ids: ids.union(all), anchor: null };
}

/** Some of them have gone. */
export function without({ ids, anchor }: Selection, gone: readonly string[]): Selection {
  const isAnchorGone = anchor !== null && gone.includes(anchor);
  return { ids: ids.difference(new Set(gone)), anchor: isAnchorGone ? null : anchor };
}
