/** How places share the calls in flight that are allowed for all together. Pure. */

/** A quarter of the calls is kept for places that have few calls in flight. */
const KEPT = 4;

/**
 * Whether another call of a place may start. All calls together never exceed `max`. Calls that hang at one
 * place leave a share to each other place, at most half of `max` in all: a call that will hang cannot be
 * recognized when it starts.
 * @param own calls in flight of the place
 * @param all those of each place, this one included
 */
export function hasRoom(own: number, all: readonly number[], max: number): boolean {
  const total = all.reduce((sum, count) => sum + count, 0);
  if (total >= max) return false;
  const share = Math.max(1, Math.floor(max / (KEPT * all.length)));
  if (own < share) return true;
  const missing = all.reduce((sum, count) => sum + Math.max(0, share - count), 0);
  return total + Math.min(missing, Math.floor(max / 2)) < max;
}
