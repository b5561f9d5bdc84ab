import { expect, test } from "vitest";
import {
  panned,
  readTimelineView,
  showing,
  shownTime,
  type TimelineView,
  timelineViewDefault,
  writeTimelineView,
  zoomed,
} from "../../src/dashboard/state/timeline-view.ts";

const now = 1_000_000;
const live = timelineViewDefault;
const past: TimelineView = { ...live, spanMs: 4_000, endAt: 500_000 };

test("an address leads back to the view that it was made of, and defaults are left out", () => {
  const views: readonly TimelineView[] = [
    live,
    past,
    { lanes: "type", spanMs: 2_000, endAt: 5, isFolded: false, lane: "joke & tea" },
  ];
  for (const view of views) {
    const words = new URLSearchParams();
    writeTimelineView(view, words);
    expect(readTimelineView(new URLSearchParams(words.toString()))).toEqual(view);
  }
  const words = new URLSearchParams();
  writeTimelineView(live, words);
  expect(words.toString()).toBe("");
});

test("parts of an address that cannot be read are the defaults", () => {
  const words = new URLSearchParams("by=colour&span=-5&end=soon&idle=maybe");
  expect(readTimelineView(words)).toEqual(live);
});

test("zoom keeps the live edge, or the time at its place", () => {
  expect(zoomed(live, 0.5, now)).toEqual({ ...live, spanMs: 150_000 });
  const at = (view: TimelineView, share: number) => {
    const { since, until } = shownTime(view, now);
    return since + (until - since) * share;
  };
  const half = zoomed(past, 0.5, now, 0.25);
  expect(half.spanMs).toBe(2_000);
  expect(at(half, 0.25)).toBe(at(past, 0.25));
  expect(zoomed(past, 1e-9, now).spanMs).toBe(1_000);
  expect(zoomed(past, 1e12, now).endAt).toBeNull();
});

test("a move never leads into the future: the right edge becomes live", () => {
  expect(panned(past, -1, now)).toEqual({ ...past, endAt: 496_000 });
  expect(panned(past, 1e6, now)).toEqual({ ...past, endAt: null });
  expect(panned(live, 0.5, now)).toEqual(live);
});

test("a time is brought into sight, and does not move the view if it is there already", () => {
  expect(showing(past, 499_500, now)).toBe(past);
  expect(shownTime(showing(past, 300_000, now), now)).toEqual({ since: 298_000, until: 302_000 });
});
