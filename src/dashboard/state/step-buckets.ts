/** Steps that are counted: how finely, and the counts by agent. Pure. */

import type { StepCount } from "../../model/step-span.ts";
import type { ShownTime } from "./timeline-view.ts";

/** Buckets of counts in a shown time; fewer if there are many agents. */
const BUCKETS_MAX = 240;
/** Buckets of all agents together. It binds even if few buckets remain for each agent. */
const CELLS_MAX = 30_000;

/** Milliseconds of a bucket. */
export function bucketOf({ since, until }: ShownTime, agents: number): number {
  const fitting = Math.floor(CELLS_MAX / Math.max(1, agents));
  const buckets = Math.max(1, Math.min(BUCKETS_MAX, fitting));
  return Math.max(1, Math.ceil((until - since) / buckets));
}

export class StepCells {
  readonly byAgent = new Map<string, StepCount[]>();
  /** Start of the earliest bucket; infinite without any. */
  earliestAt = Number.POSITIVE_INFINITY;

  add(counts: readonly StepCount[]): void {
    for (const count of counts) {
      const ofAgent = this.byAgent.get(count.agent_id) ?? [];
      this.byAgent.set(count.agent_id, ofAgent);
      ofAgent.push(count);
      this.earliestAt = Math.min(this.earliestAt, count.at);
    }
  }
}
