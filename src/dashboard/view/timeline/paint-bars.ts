/** One agent's lane: a bar for each step, hatched pauses, and marks. */

import type { StepStatus } from "../../../model/step-status.ts";
import { toneOf } from "../../../picture/status-tone.ts";
import type { LaneSpans } from "../../state/lane-spans.ts";
import { xOf } from "../../state/time-axis.ts";
import type { Lane } from "../../state/timeline-lanes.ts";
import type { Canvas } from "../colours.ts";
import { paintCounts } from "./paint-area.ts";
import { countedOf, openSince, type Scene } from "./scene.ts";

/** A bar is never thinner, so that no step is invisible. */
const BAR_WIDTH_MIN = 2;
/** From this width on a bar has its full shape. */
const SHAPED_WIDTH = 5;

/** Share of the lane's height: each outcome has its own shape, too. */
const heights: Readonly<Record<StepStatus, number>> = { ok: 0.5, error: 0.82, aborted: 0.5 };

export function paintBars(canvas: Canvas, scene: Scene, lane: Lane, y: number): void {
  const [agent] = lane.agents;
  if (agent === undefined) return;
  paintPauses(canvas, scene, lane, y);
  if (scene.reader.counts !== null) {
    paintCounts(canvas, scene, countedOf(lane.agents, scene), y);
  }
  const spans = scene.reader.spans.of(agent.id);
  if (spans !== undefined) paintSteps(canvas, scene, spans, y);
  paintOpen(canvas, scene, agent.id, y);
  if (spans !== undefined) paintRestarts(canvas, scene, spans, y);
  paintGuidance(canvas, scene, agent.id, y);
  if (spans !== undefined && lane.key === scene.view.lane) paintFocus(canvas, scene, spans, y);
}

interface Box {
  readonly x: number;
  readonly width: number;
}

function boxOf({ axis, left }: Scene, from: number, to: number): Box {
  const x = left + Math.max(xOf(axis, from), -BAR_WIDTH_MIN);
  const end = left + Math.min(xOf(axis, to), axis.width);
  return { x, width: Math.max(BAR_WIDTH_MIN, end - x) };
}

/** Bars of one outcome are one path; those on the same pixel are drawn once. */
function paintSteps(canvas: Canvas, scene: Scene, spans: LaneSpans, y: number): void {
  const { context, colours } = canvas;
  const { axis, layout } = scene;
  const paths = { ok: new Path2D(), error: new Path2D(), aborted: new Path2D() };
  const drawn = { ok: -1, error: -1, aborted: -1 };
  for (let at = spans.firstEndedSince(axis.since); at < spans.size; at += 1) {
    if ((spans.starts[at] as number) > axis.until) break;
    const status = spans.statusAt(at);
    const { x, width } = boxOf(scene, spans.starts[at] as number, spans.ends[at] as number);
    if (x + width - drawn[status] < 0.5) continue;
    drawn[status] = x + width;
    addShape(paths[status], status, { x, width }, { y, height: layout.laneHeight });
  }
  for (const status of ["ok", "aborted", "error"] as const) {
    const colour = colours[toneOf(status)];
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    if (status === "aborted") context.stroke(paths.aborted);
    else context.fill(paths[status]);
  }
}

interface Row {
  readonly y: number;
  readonly height: number;
}

/** Ok: a bar. Failed: a taller one with a point upwards. Aborted: a hollow one. */
function addShape(path: Path2D, status: StepStatus, { x, width }: Box, row: Row): void {
  const height = row.height * heights[status];
  const top = row.y + (row.height - height) / 2;
  // A hair between two steps that follow at once.
  const shown = width > SHAPED_WIDTH ? width - 1 : width;
  if (status === "aborted")
    path.rect(x + 0.75, top + 0.75, Math.max(0.5, shown - 1.5), height - 1.5);
  else if (status === "ok" && shown > SHAPED_WIDTH) path.roundRect(x, top, shown, height, 2);
  else path.rect(x, status === "ok" ? top : top + 4, shown, status === "ok" ? height : height - 4);
  if (status !== "error") return;
  const middle = x + Math.min(shown / 2, 4);
  path.moveTo(middle - 4, top + 5);
  path.lineTo(middle, top - 1);
  path.lineTo(middle + 4, top + 5);
  path.closePath();
}

/** A step in flight grows to the present; its end is open. */
function paintOpen({ context, colours }: Canvas, scene: Scene, id: string, y: number): void {
  const since = openSince(scene.reader, id);
  const { layout, now, axis } = scene;
  if (since === undefined || since > axis.until) return;
  const { x, width } = boxOf(scene, since, now);
  const height = layout.laneHeight * heights.ok;
  const top = y + (layout.laneHeight - height) / 2;
  context.globalAlpha = 0.28;
  context.fillStyle = colours.busy;
  context.fillRect(x, top, width, height);
  context.globalAlpha = 1;
  context.strokeStyle = colours.busy;
  context.lineWidth = 1;
  context.setLineDash([3, 2]);
  context.strokeRect(x + 0.5, top + 0.5, Math.max(1, width - 1), height - 1);
  context.setLineDash([]);
}

function paintPauses({ context, colours }: Canvas, scene: Scene, lane: Lane, y: number): void {
  const { axis, layout, now, reader } = scene;
  for (const agent of lane.agents) {
    for (const { since, until } of reader.marks.pausesOf(agent, now)) {
      if (until < axis.since || since > axis.until) continue;
      const { x, width } = boxOf(scene, since, until);
      context.globalAlpha = 0.55;
      context.fillStyle = colours.hatch;
      context.fillRect(x, y + 2, width, layout.laneHeight - 5);
      context.globalAlpha = 1;
    }
  }
}

/** A line with a flag where a new thread began. */
function paintRestarts(
  { context, colours }: Canvas,
  scene: Scene,
  spans: LaneSpans,
  y: number,
): void {
  const { axis, left, layout } = scene;
  context.fillStyle = colours.busy;
  for (let at = spans.firstEndedSince(axis.since); at < spans.size; at += 1) {
    if ((spans.starts[at] as number) > axis.until) break;
    if (!spans.isRestart(at)) continue;
    const x = left + xOf(axis, spans.starts[at] as number);
    context.fillRect(x - 1, y + 1, 1.5, layout.laneHeight - 3);
    context.beginPath();
    context.moveTo(x, y + 1);
    context.lineTo(x + 6, y + 4);
    context.lineTo(x, y + 7);
    context.fill();
  }
}

/** A drop at the top of the lane. */
function paintGuidance({ context, colours }: Canvas, scene: Scene, id: string, y: number): void {
  const { axis, left, reader } = scene;
  context.fillStyle = colours.accent;
  for (const at of reader.marks.guidanceOf(id)) {
    if (at < axis.since || at > axis.until) continue;
    const x = left + xOf(axis, at);
    context.beginPath();
    context.moveTo(x - 4, y + 1);
    context.lineTo(x + 4, y + 1);
    context.lineTo(x, y + 8);
    context.fill();
  }
}

function paintFocus({ context, colours }: Canvas, scene: Scene, spans: LaneSpans, y: number): void {
  const span = scene.step === null ? undefined : spans.at(spans.indexOf(scene.step));
  if (span === undefined) return;
  const { x, width } = boxOf(scene, span.startedAt, span.endedAt);
  context.strokeStyle = colours.text;
  context.lineWidth = 2;
  context.strokeRect(x - 2, y + 2, width + 4, scene.layout.laneHeight - 5);
}
