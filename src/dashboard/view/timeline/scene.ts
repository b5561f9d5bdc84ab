/** What one drawing of the timeline shows, computed from what is known. */

import type { AgentPicture } from "../../../picture/agent-picture.ts";
import type { ReadCounts, TimelineReader } from "../../link/timeline-reader.ts";
import { columnsOf, LaneDensity } from "../../state/density.ts";
import { isKnown, unknownParts, withTime } from "../../state/known-times.ts";
import { makeAxis, Occupancy, type TimeAxis } from "../../state/time-axis.ts";
import { type Lane, type LaneLayout, layLanes } from "../../state/timeline-lanes.ts";
import { type ShownTime, shownTime, type TimelineView } from "../../state/timeline-view.ts";

/** Pixels of the axis above the lanes. */
export const AXIS_HEIGHT = 28;
/** Pixels of a column where steps are counted. */
export const COLUMN_WIDTH = 4;
/** Part of a live axis that is never folded: something may happen there at any moment. */
const LIVE_PART = 0.04;

/** Its pixels are larger with larger text. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Pixels of the names. */
  readonly left: number;
  readonly axis: TimeAxis;
  readonly layout: LaneLayout;
  readonly lanes: readonly Lane[];
  readonly now: number;
  readonly view: TimelineView;
  /** Number of the step with the focus, in the lane with the focus. */
  readonly step: number | null;
  readonly reader: TimelineReader;
}

export interface SceneInput extends Pick<Scene, "width" | "height" | "lanes" | "view" | "reader"> {
  readonly now: number;
  readonly first: number;
  readonly mayOverview: boolean;
  readonly step: number | null;
}

export function makeScene(input: SceneInput): Scene {
  const { width, height, lanes, view, now, reader } = input;
  const left = Math.round(Math.min(190, Math.max(84, width * 0.16)));
  const time = shownTime(view, now);
  const layout = layLanes({
    count: lanes.length,
    height: height - AXIS_HEIGHT,
    kind: view.lanes,
    focused: lanes.findIndex(({ key }) => key === view.lane),
    first: input.first,
    mayOverview: input.mayOverview,
  });
  const idle = view.isFolded ? idleTimes({ lanes, reader, now, view }, time) : [];
  const axis = makeAxis(time, Math.max(1, width - left), idle);
  return { width, height, left, axis, layout, lanes, now, view, step: input.step, reader };
}

/** Times in which, as is known, no shown agent was in a step. */
function idleTimes(
  { lanes, reader, now, view }: Pick<Scene, "lanes" | "reader" | "now" | "view">,
  time: ShownTime,
): readonly ShownTime[] {
  const busy = new Occupancy(time);
  // Where it is not known what happened, nothing is folded.
  for (const { since, until } of unknownParts(readTimes(reader), time)) busy.add(since, until);
  if (view.endAt === null) busy.add(now - view.spanMs * LIVE_PART, now);
  for (const { id } of lanes.flatMap(({ agents }) => agents)) {
    const since = reader.open[id];
    if (since !== undefined) busy.add(since, now);
    const spans = reader.spans.of(id);
    if (spans !== undefined) {
      for (let at = spans.firstEndedSince(time.since); at < spans.size; at += 1) {
        busy.add(spans.starts[at] as number, spans.ends[at] as number);
      }
    }
    for (const { at } of reader.counts?.cells.get(id) ?? []) {
      busy.add(at, at + (reader.counts?.bucketMs ?? 0) - 1);
    }
  }
  return busy.idle();
}

/** Times of which the steps are known one by one, or counted. */
function readTimes({ known, counts, cutAt }: TimelineReader): readonly ShownTime[] {
  if (counts === null) return known;
  const since = Math.max(counts.time.since, cutAt.peek() ?? counts.time.since);
  return withTime(known, { since, until: counts.time.until });
}

/** Steps of a lane by columns of time. */
export function densityOf(
  agents: readonly AgentPicture[],
  { axis, reader, now }: Pick<Scene, "axis" | "reader" | "now">,
  reused?: LaneDensity,
): LaneDensity {
  const density = reused ?? new LaneDensity(columnsOf(axis, axis.width, COLUMN_WIDTH));
  density.clear();
  for (const { id } of agents) {
    const spans = reader.spans.of(id);
    if (spans !== undefined) density.addSpans(spans);
    addCounts(density, id, reader);
    const since = openSince(reader, id);
    if (since !== undefined) density.addBusy(since, now);
  }
  return density;
}

/** Steps of a lane that are known only as counts. */
export function countedOf(agents: readonly AgentPicture[], { axis, reader }: Scene): LaneDensity {
  const density = new LaneDensity(columnsOf(axis, axis.width, COLUMN_WIDTH));
  for (const { id } of agents) addCounts(density, id, reader);
  return density;
}

function addCounts(density: LaneDensity, id: string, { counts, known }: TimelineReader): void {
  const cells = counts?.cells.get(id);
  if (counts === null || cells === undefined) return;
  density.addCounts(cells, counts.bucketMs, (bucket) => isCounted(counts, known, bucket));
}

/** True for a bucket of which the steps are not known one by one. */
function isCounted(
  { time, bucketMs }: Pick<ReadCounts, "time" | "bucketMs">,
  known: readonly ShownTime[],
  bucket: ShownTime,
): boolean {
  return bucket.since < time.until - bucketMs / 2 && !isKnown(known, bucket);
}

/** Since when the agent is in a step; undefined if that step has ended, as far as it is known. */
export function openSince(reader: TimelineReader, id: string): number | undefined {
  const since = reader.open[id];
  const spans = reader.spans.of(id);
  const lastEnd = spans === undefined || spans.size === 0 ? 0 : (spans.ends[spans.size - 1] ?? 0);
  return since !== undefined && since >= lastEnd ? since : undefined;
}
