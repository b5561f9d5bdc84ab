/** Draws the timeline: axis, names, lanes, and the focus. */

import { clockText, dateText, durationText } from "../../../picture/time-text.ts";
import { ticksOf, timeAt, xOf } from "../../state/time-axis.ts";
import type { Canvas } from "../colours.ts";
import { paintArea } from "./paint-area.ts";
import { paintBars } from "./paint-bars.ts";
import { paintOverview } from "./paint-overview.ts";
import { AXIS_HEIGHT, type Scene } from "./scene.ts";

const TICK_WIDTH = 86;
const DAY_MS = 86_400_000;

export function paint(canvas: Canvas, scene: Scene): void {
  const { context, colours } = canvas;
  const { width, height } = scene;
  context.fillStyle = colours.surface;
  context.fillRect(0, 0, width, height);
  paintTicks(canvas, scene);
  if (scene.layout.isOverview) paintOverview(canvas, scene);
  else paintLanes(canvas, scene);
  paintIdle(canvas, scene);
  if (scene.view.endAt === null) paintNow(canvas, scene);
  paintFrame(canvas, scene);
}

function paintTicks({ context, colours }: Canvas, scene: Scene): void {
  const { axis, left, height, width } = scene;
  const isLong = axis.until - axis.since > DAY_MS;
  context.font = `11px ${colours.font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  let free = left;
  for (const tick of ticksOf(axis, TICK_WIDTH)) {
    const x = Math.round(left + xOf(axis, tick)) + 0.5;
    context.fillStyle = colours["line-soft"];
    context.fillRect(x, AXIS_HEIGHT - 4, 1, height);
    const text = isLong ? dateText(tick).slice(5, 16) : clockText(tick);
    const end = x + 4 + context.measureText(text).width;
    if (x < free || end > width) continue;
    context.fillStyle = colours["text-faint"];
    context.fillText(text, x + 4, AXIS_HEIGHT / 2);
    free = end + 10;
  }
}

function paintLanes(canvas: Canvas, scene: Scene): void {
  const { context, colours } = canvas;
  const { layout, lanes, left, width, view } = scene;
  for (let n = 0; n < layout.shown; n += 1) {
    const lane = lanes[layout.first + n];
    if (lane === undefined) break;
    const y = AXIS_HEIGHT + n * layout.laneHeight;
    if (lane.key === view.lane) {
      context.fillStyle = colours["accent-wash"];
      context.fillRect(0, y, width, layout.laneHeight);
    }
    context.save();
    context.beginPath();
    context.rect(left, y, width - left, layout.laneHeight);
    context.clip();
    if (view.lanes === "agent") paintBars(canvas, scene, lane, y);
    else paintArea(canvas, scene, lane, y);
    context.restore();
    context.fillStyle = colours["line-soft"];
    context.fillRect(0, y + layout.laneHeight - 1, width, 1);
    paintName(canvas, scene, lane.name, y, lane.key === view.lane);
  }
}

function paintName(
  canvas: Canvas,
  scene: Scene,
  name: string,
  y: number,
  isFocused: boolean,
): void {
  const { context, colours } = canvas;
  context.font = `${isFocused ? "600 " : ""}12px ${colours.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = isFocused ? colours.text : colours["text-soft"];
  const text = fitting(context, name, scene.left - 18);
  context.fillText(text, 10, y + scene.layout.laneHeight / 2);
}

/** The start of the name and its end, which is where names differ. */
function fitting(context: CanvasRenderingContext2D, name: string, width: number): string {
  if (context.measureText(name).width <= width) return name;
  for (let kept = name.length - 1; kept > 4; kept -= 1) {
    const start = Math.ceil(kept * 0.6);
    const text = `${name.slice(0, start)}…${name.slice(name.length - (kept - start))}`;
    if (context.measureText(text).width <= width) return text;
  }
  return `${name.slice(0, 3)}…`;
}

/** A folded time is a torn strip with its length. */
function paintIdle({ context, colours }: Canvas, { axis, left, height }: Scene): void {
  for (const { x, width, since, until, isIdle } of axis.parts) {
    if (!isIdle) continue;
    const from = left + x;
    context.fillStyle = colours.sunken;
    context.fillRect(from, 0, width, height);
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.beginPath();
    for (const edge of [from + 2, from + width - 2]) {
      for (let y = 0; y <= height; y += 6) context.lineTo(edge + (y % 12 === 0 ? -2 : 2), y);
      context.moveTo(from + width - 4, 0);
    }
    context.stroke();
    context.save();
    context.translate(from + width / 2, height / 2 + AXIS_HEIGHT / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = colours["text-faint"];
    context.font = `11px ${colours.font}`;
    context.fillText(`idle ${durationText(until - since)}`, 0, 0);
    context.restore();
  }
}

function paintNow({ context, colours }: Canvas, { width, height }: Scene): void {
  const gradient = context.createLinearGradient(width - 36, 0, width, 0);
  gradient.addColorStop(0, "transparent");
  gradient.addColorStop(1, colours["accent-wash"]);
  context.fillStyle = gradient;
  context.fillRect(width - 36, AXIS_HEIGHT, 36, height - AXIS_HEIGHT);
  context.fillStyle = colours.accent;
  context.fillRect(width - 2, 0, 2, height);
}

function paintFrame({ context, colours }: Canvas, { left, width, height }: Scene): void {
  context.fillStyle = colours.line;
  context.fillRect(left - 1, 0, 1, height);
  context.fillRect(0, AXIS_HEIGHT - 1, width, 1);
}

export interface Found {
  readonly laneIndex: number;
  readonly time: number;
}

/** What is at a point of the canvas; undefined outside the lanes. */
export function findAt(scene: Scene, x: number, y: number): Found | undefined {
  const { layout, left, axis, lanes } = scene;
  const laneIndex = layout.first + Math.floor((y - AXIS_HEIGHT) / layout.laneHeight);
  if (y < AXIS_HEIGHT || laneIndex >= lanes.length || laneIndex < 0) return undefined;
  return { laneIndex, time: timeAt(axis, Math.max(0, x - left)) };
}
