/** Counted steps: columns as high as many steps ended in them, failed ones on top. */

import type { LaneDensity } from "../../state/density.ts";
import { xOf } from "../../state/time-axis.ts";
import type { Lane } from "../../state/timeline-lanes.ts";
import type { Canvas } from "../colours.ts";
import { densityOf, type Scene } from "./scene.ts";

/** The lane of several agents. */
export function paintArea(canvas: Canvas, scene: Scene, lane: Lane, y: number): void {
  paintCounts(canvas, scene, densityOf(lane.agents, scene), y);
}

export function paintCounts(canvas: Canvas, scene: Scene, density: LaneDensity, y: number): void {
  const { context, colours } = canvas;
  const { layout, axis, left } = scene;
  const { since, columnMs, count } = density.columns;
  const height = layout.laneHeight - 5;
  const bottom = y + layout.laneHeight - 2;
  const most = Math.max(1, ...density.ended);
  for (let at = 0; at < count; at += 1) {
    const [ended, failed, aborted] = [density.ended, density.failed, density.aborted].map(
      (column) => ((column[at] as number) / most) * height,
    ) as [number, number, number];
    const start = since + at * columnMs;
    const x = left + xOf(axis, start);
    const width = Math.max(1, xOf(axis, start + columnMs) - xOf(axis, start) - 0.5);
    if ((density.busyMs[at] as number) > 0) {
      context.fillStyle = colours["line-soft"];
      context.fillRect(x, bottom - 2, width, 2);
    }
    if (ended === 0) continue;
    context.fillStyle = colours.good;
    context.fillRect(x, bottom - Math.max(2, ended), width, Math.max(2, ended - failed - aborted));
    context.fillStyle = colours.held;
    if (aborted > 0) context.fillRect(x, bottom - ended, width, Math.max(2, aborted));
    context.fillStyle = colours.bad;
    // A failure is never too small to be seen, and rises above its column.
    if (failed > 0) context.fillRect(x, bottom - ended - 2, width, Math.max(3, failed + 2));
  }
}
