/** What the timeline shows: how its lanes are made, which time, and which lane has the focus. Pure. */

export const laneKinds = ["agent", "type", "status"] as const;
export type LaneKind = (typeof laneKinds)[number];

export interface TimelineView {
  readonly lanes: LaneKind;
  /** Milliseconds from the left edge to the right one. */
  readonly spanMs: number;
  /** Time of the right edge, in milliseconds since the epoch; null: now. */
  readonly endAt: number | null;
  /** Long times without any step take little space. */
  readonly isFolded: boolean;
  /** Key of the lane with the focus; empty = none. */
  readonly lane: string;
}

export const timelineViewDefault: TimelineView = {
  lanes: "agent",
  spanMs: 300_000,
  endAt: null,
  isFolded: true,
  lane: "",
};

const SPAN_MS_MIN = 1_000;
const SPAN_MS_MAX = 30 * 86_400_000;

export interface ShownTime {
  readonly since: number;
  readonly until: number;
}

export function shownTime({ spanMs, endAt }: TimelineView, now: number): ShownTime {
  const until = endAt ?? now;
  return { since: until - spanMs, until };
}

/**
 * @param factor below 1 shows less time
 * @param share where the time stays that is there, from the left edge to the right one; without it the
 * right edge if it is live, else the middle
 */
export function zoomed(
  view: TimelineView,
  factor: number,
  now: number,
  share = view.endAt === null ? 1 : 0.5,
): TimelineView {
  const spanMs = Math.round(Math.min(SPAN_MS_MAX, Math.max(SPAN_MS_MIN, view.spanMs * factor)));
  const until = shownTime(view, now).until - (view.spanMs - spanMs) * (1 - share);
  return withEnd({ ...view, spanMs }, view.endAt === null && share === 1 ? null : until, now);
}

/** @param part of the shown time, to the left if it is negative */
export function panned(view: TimelineView, part: number, now: number): TimelineView {
  return withEnd(view, shownTime(view, now).until + view.spanMs * part, now);
}

/** With this time in it: it does not move if the time is shown already. */
export function showing(view: TimelineView, time: number, now: number): TimelineView {
  const { since, until } = shownTime(view, now);
  if (time >= since && time <= until) return view;
  return withEnd(view, time + view.spanMs / 2, now);
}

/** The right edge is never in the future, and follows the time from there. */
function withEnd(view: TimelineView, endAt: number | null, now: number): TimelineView {
  return { ...view, endAt: endAt === null || endAt >= now ? null : Math.round(endAt) };
}

/** Defaults are left out. */
export function writeTimelineView(view: TimelineView, words: URLSearchParams): void {
  if (view.lanes !== timelineViewDefault.lanes) words.set("by", view.lanes);
  if (view.spanMs !== timelineViewDefault.spanMs) words.set("span", String(view.spanMs));
  if (view.endAt !== null) words.set("end", String(view.endAt));
  if (!view.isFolded) words.set("idle", "shown");
  if (view.lane !== "") words.set("lane", view.lane);
}

/** Parts that it cannot read are the defaults. */
export function readTimelineView(words: URLSearchParams): TimelineView {
  const span = Number(words.get("span") ?? Number.NaN);
  const end = Number(words.get("end") ?? Number.NaN);
  return {
    lanes: laneKinds.find((kind) => kind === words.get("by")) ?? timelineViewDefault.lanes,
    spanMs: span >= SPAN_MS_MIN && span <= SPAN_MS_MAX ? span : timelineViewDefault.spanMs,
    endAt: Number.isSafeInteger(end) && end > 0 ? end : null,
    isFolded: words.get("idle") !== "shown",
    lane: words.get("lane") ?? "",
  };
}
