/** The figures of the whole fleet in the head of `troupe top`: rates are differences of totals. Pure. */

import type { FleetStats } from "../../model/event.ts";

export interface Figures {
  readonly stats: FleetStats;
  /** When they were taken, in milliseconds since the epoch. */
  readonly at: number;
  /** A second; undefined before there are two readings of one process. */
  readonly stepsPerSecond: number | undefined;
  readonly actionsPerSecond: number | undefined;
}

export function figuresOf(stats: FleetStats, at: number, before: Figures | undefined): Figures {
  const seconds = before === undefined ? 0 : (at - before.at) / 1_000;
  const perSecond = (total: (of: FleetStats) => number): number | undefined => {
    if (before === undefined || seconds <= 0) return undefined;
    const difference = total(stats) - total(before.stats);
    // A process that was started anew counts from 0.
    return difference < 0 ? undefined : difference / seconds;
  };
  return {
    stats,
    at,
    stepsPerSecond: perSecond(({ steps_total }) => sum(steps_total)),
    actionsPerSecond: perSecond(({ actions }) => sum(actions.processed_total)),
  };
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
