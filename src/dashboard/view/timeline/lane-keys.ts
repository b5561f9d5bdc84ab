/** The keys of the canvas. Others are those of the page. */

import { timelineView } from "../../page-store.ts";
import { timeNow } from "../../server-time.ts";
import { panned, zoomed } from "../../state/timeline-view.ts";
import type { LaneFocus } from "./lane-focus.ts";
import type { LanePainter } from "./lane-painter.ts";

const ZOOM = 1.5;
const PAN_PART = 0.25;

export function handleKey(event: KeyboardEvent, painter: LanePainter, focus: LaneFocus): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = event.shiftKey ? shifted[event.key] : keys[event.key];
  if (act === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  act(focus, painter);
}

type Act = (focus: LaneFocus, painter: LanePainter) => void;

const pan = (part: number) => () => {
  timelineView.value = panned(timelineView.peek(), part, timeNow());
};
const zoom = (factor: number) => () => {
  timelineView.value = zoomed(timelineView.peek(), factor, timeNow());
};
const moveLane =
  (by: number): Act =>
  (focus) =>
    focus.setLane(focus.laneIndex + by);
const moveStep =
  (by: 1 | -1): Act =>
  (focus) => {
    if (!focus.moveStep(by)) pan(by * PAN_PART)();
  };
const movePage =
  (direction: 1 | -1): Act =>
  (focus, { scene }) => {
    const shown = scene?.layout.isOverview === true ? focus.lanes.length / 10 : scene?.layout.shown;
    focus.setLane(focus.laneIndex + direction * Math.max(1, Math.floor(shown ?? 1)));
  };

const keys: Readonly<Record<string, Act>> = {
  "+": zoom(1 / ZOOM),
  "=": zoom(1 / ZOOM),
  "-": zoom(ZOOM),
  ArrowUp: moveLane(-1),
  ArrowDown: moveLane(1),
  PageUp: movePage(-1),
  PageDown: movePage(1),
  ArrowLeft: moveStep(-1),
  ArrowRight: moveStep(1),
  Home: (focus) => focus.moveToFirst(),
  End: (focus) => {
    focus.step.value = null;
    timelineView.value = { ...timelineView.peek(), endAt: null };
  },
  f: () => {
    const view = timelineView.peek();
    timelineView.value = { ...view, isFolded: !view.isFolded };
  },
  Enter: (focus, painter) => {
    if (painter.isOverview) showLanes(painter);
    else focus.open();
  },
};

const shifted: Readonly<Record<string, Act>> = {
  "+": zoom(1 / ZOOM),
  ArrowLeft: pan(-PAN_PART),
  ArrowRight: pan(PAN_PART),
};

/** From the overview to single steps. */
export function showLanes(painter: LanePainter): void {
  painter.mayOverview = false;
  painter.paintSoon();
}
