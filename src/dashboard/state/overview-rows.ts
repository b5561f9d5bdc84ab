/** The rows of the overview: one for each lane, or for some together if there are very many. Pure. */

import type { Lane } from "./timeline-lanes.ts";

/** More rows than this for each pixel of the height could not be told apart on any screen. */
const ROWS_A_PIXEL = 2;

/** @param height in pixels */
export function lanesPerRow(count: number, height: number): number {
  return Math.max(1, Math.ceil(count / Math.max(1, Math.floor(height * ROWS_A_PIXEL))));
}

/** The lanes of each row as one; the last row may have fewer. */
export function rowsOf(lanes: readonly Lane[], perRow: number): readonly Lane[] {
  const count = Math.ceil(lanes.length / perRow);
  return Array.from({ length: count }, (_, n) => joined(lanes.slice(n * perRow, (n + 1) * perRow)));
}

/** The row with this lane; undefined if there is none. */
export function rowAt(lanes: readonly Lane[], perRow: number, laneIndex: number): Lane | undefined {
  const first = Math.floor(laneIndex / perRow) * perRow;
  return lanes[laneIndex] === undefined ? undefined : joined(lanes.slice(first, first + perRow));
}

/** Named by both lanes, or by the first one and how many others there are. */
function joined(lanes: readonly Lane[]): Lane {
  const [first, second] = lanes as readonly [Lane, ...Lane[]];
  if (second === undefined) return first;
  const others = lanes.length === 2 ? second.name : `${lanes.length - 1} others`;
  return {
    key: first.key,
    name: `${first.name} and ${others}`,
    agents: lanes.flatMap(({ agents }) => agents),
  };
}
