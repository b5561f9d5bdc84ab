/** The pointer on the canvas: a click opens what is there, the wheel zooms. */

import { go } from "../../navigation.ts";
import { timelineView } from "../../page-store.ts";
import { timeNow } from "../../server-time.ts";
import { msPerPixel, timeAt } from "../../state/time-axis.ts";
import { panned, showing, shownTime, zoomed } from "../../state/timeline-view.ts";
import { textScale } from "../../theme.ts";
import type { LaneFocus } from "./lane-focus.ts";
import { showLanes } from "./lane-keys.ts";
import type { LanePainter } from "./lane-painter.ts";
import { findAt } from "./paint.ts";

/** Pixels around a bar that belong to it. */
const SLACK = 5;
/** A wheel's notch is about 100. */
const WHEEL_ZOOM = 1.0015;

/** Where the pointer is, in pixels of the scene. */
export function placeOf({ offsetX, offsetY }: MouseEvent): {
  readonly x: number;
  readonly y: number;
} {
  const scale = textScale.peek();
  return { x: offsetX / scale, y: offsetY / scale };
}

/** In the overview the first click goes to the lane, and to its time. */
export function handleClick(event: MouseEvent, painter: LanePainter, focus: LaneFocus): void {
  const { scene } = painter;
  const { x, y } = placeOf(event);
  const found = scene && findAt(scene, x, y);
  if (scene === undefined || found === undefined) return;
  const { laneIndex, time } = found;
  if (painter.isOverview) {
    showLanes(painter);
    const now = timeNow();
    timelineView.value = showing(zoomed(scene.view, 0.2, now), time, now);
    focus.setLane(laneIndex);
    return;
  }
  const isName = x < scene.left;
  const span = isName ? undefined : focus.findStep(laneIndex, time, msPerPixel(scene.axis) * SLACK);
  focus.setLane(laneIndex, span?.iteration ?? null);
  if (isName && focus.agentId !== undefined) go({ page: "agent", id: focus.agentId });
  else if (span !== undefined) focus.open();
}

/** Up and down zooms at the pointer, with Shift or sideways it moves; over the names lanes scroll. */
export function handleWheel(event: WheelEvent, painter: LanePainter): void {
  const { scene } = painter;
  if (scene === undefined || event.ctrlKey) return;
  event.preventDefault();
  const view = timelineView.peek();
  const now = timeNow();
  const { x } = placeOf(event);
  if (x < scene.left && event.deltaX === 0) {
    scrollLanes(event, painter);
    return;
  }
  const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
  if (Math.abs(sideways) > Math.abs(event.deltaY) || event.shiftKey) {
    timelineView.value = panned(view, sideways / scene.axis.width, now);
    return;
  }
  const { since } = shownTime(view, now);
  const share = (timeAt(scene.axis, x - scene.left) - since) / view.spanMs;
  // Close to a live edge it stays live.
  const at = view.endAt === null && share > 0.9 ? 1 : share;
  timelineView.value = zoomed(view, WHEEL_ZOOM ** event.deltaY, now, at);
}

function scrollLanes({ deltaY }: WheelEvent, painter: LanePainter): void {
  const { scene } = painter;
  if (scene === undefined || scene.layout.isOverview) return;
  painter.first = Math.max(0, painter.first + Math.sign(deltaY) * 3);
  // The lane with the focus would hold the others in place.
  timelineView.value = { ...timelineView.peek(), lane: "" };
  painter.paintSoon();
}
