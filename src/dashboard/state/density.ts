/** Steps of many agents as a picture: for each lane and column of time what happened there. Pure. */

import type { StepCount } from "../../model/step-span.ts";
import type { LaneSpans } from "./lane-spans.ts";
import type { ShownTime } from "./timeline-view.ts";

/** Columns of equal time. Their edges are whole multiples of it, so that columns do not flicker as time goes. */
export interface Columns {
  readonly since: number;
  readonly columnMs: number;
  readonly count: number;
}

/** @param width in pixels @param pixels of one column */
export function columnsOf({ since, until }: ShownTime, width: number, pixels: number): Columns {
  const columnMs = Math.max(1, Math.ceil(((until - since) / width) * pixels));
  const first = Math.floor(since / columnMs) * columnMs;
  return { since: first, columnMs, count: Math.ceil((until - first) / columnMs) };
}

/** What happened in a lane, by column. Steps count where they ended. */
export class LaneDensity {
  readonly columns: Columns;
  readonly busyMs: Float32Array;
  readonly ended: Float32Array;
  readonly failed: Float32Array;
  readonly aborted: Float32Array;

  constructor(columns: Columns) {
    this.columns = columns;
    this.busyMs = new Float32Array(columns.count);
    this.ended = new Float32Array(columns.count);
    this.failed = new Float32Array(columns.count);
    this.aborted = new Float32Array(columns.count);
  }

  clear(): void {
    for (const column of [this.busyMs, this.ended, this.failed, this.aborted]) column.fill(0);
  }

  addSpans(lane: LaneSpans): void {
    const { since, columnMs, count } = this.columns;
    const until = since + columnMs * count;
    for (let index = lane.firstEndedSince(since); index < lane.size; index += 1) {
      const started = lane.starts[index] as number;
      const ended = lane.ends[index] as number;
      if (started >= until) break;
      this.addBusy(started, ended);
      const at = Math.floor((ended - since) / columnMs);
      if (at >= count) continue;
      add(this.ended, at, 1);
      const status = lane.statusAt(index);
      if (status === "error") add(this.failed, at, 1);
      if (status === "aborted") add(this.aborted, at, 1);
    }
  }

  /** @param isShown false for buckets of which the steps are known one by one */
  addCounts(
    counts: readonly StepCount[],
    bucketMs: number,
    isShown: (bucket: ShownTime) => boolean,
  ): void {
    for (const count of counts) {
      const bucket = { since: count.at, until: count.at + bucketMs };
      if (isShown(bucket)) this.#spread(count, bucket);
    }
  }

  addBusy(from: number, to: number): void {
    const { since, columnMs, count } = this.columns;
    const first = Math.max(0, Math.floor((from - since) / columnMs));
    for (let at = first; at < count; at += 1) {
      const start = since + at * columnMs;
      if (start >= to) return;
      add(this.busyMs, at, Math.min(to, start + columnMs) - Math.max(from, start));
    }
  }

  /** Evenly over the columns of the bucket. */
  #spread(count: StepCount, bucket: ShownTime): void {
    const { since, columnMs, count: columns } = this.columns;
    const first = Math.max(0, Math.floor((bucket.since - since) / columnMs));
    for (let at = first; at < columns; at += 1) {
      const start = since + at * columnMs;
      if (start >= bucket.until) return;
      const shared = Math.min(bucket.until, start + columnMs) - Math.max(bucket.since, start);
      const part = shared / (bucket.until - bucket.since);
      add(this.busyMs, at, count.busy_ms * part);
      add(this.ended, at, (count.ok + count.error + count.aborted) * part);
      add(this.failed, at, count.error * part);
      add(this.aborted, at, count.aborted * part);
    }
  }
}

function add(column: Float32Array, at: number, value: number): void {
  column[at] = (column[at] as number) + value;
}
