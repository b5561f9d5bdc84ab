/** Which steps of a fleet are requested. Loads no schema library. Pure. */

import { TroupeError } from "./errors.ts";

/** Times are milliseconds since the epoch. */
export interface StepFilter {
  readonly agentId?: string;
  readonly type?: string;
  /** Steps that ended at this time or later. */
  readonly since?: number;
  /** Steps that started before this time. */
  readonly until?: number;
}

export interface StepCountFilter extends StepFilter {
  /** Length of a bucket, in milliseconds; by default a sixtieth of the time. */
  readonly bucketMs?: number;
}

/** What is counted; without other times the last hour. */
export interface CountedTime {
  readonly since: number;
  readonly until: number;
  readonly bucketMs: number;
}

/** Most buckets from `since` to `until`. */
const BUCKETS_MAX = 2_000;
const BUCKETS_DEFAULT = 60;
const COUNTED_MS_DEFAULT = 3_600_000;

/** @throws {TroupeError} `STEP_TIME_INVALID` if no step can be in that time. */
export function checkStepRange({ since = 0, until = Number.POSITIVE_INFINITY }: StepFilter): void {
  if (since < until) return;
  throw new TroupeError(
    "STEP_TIME_INVALID",
    `since must be earlier than until, got since ${since} and until ${until}`,
  );
}

/** @throws {TroupeError} `STEP_TIME_INVALID` if there is no such time, or if it has too many buckets. */
export function countedTime(filter: StepCountFilter, now: number): CountedTime {
  const { until = now } = filter;
  const { since = Math.max(0, until - COUNTED_MS_DEFAULT) } = filter;
  checkStepRange({ since, until });
  const { bucketMs = Math.ceil((until - since) / BUCKETS_DEFAULT) } = filter;
  const leastMs = Math.ceil((until - since) / BUCKETS_MAX);
  if (bucketMs >= leastMs) return { since, until, bucketMs };
  throw new TroupeError(
    "STEP_TIME_INVALID",
    `bucket_ms must be at least ${leastMs} for the ${until - since} ms from since to until, which may have ${BUCKETS_MAX} buckets, got ${bucketMs}`,
  );
}
