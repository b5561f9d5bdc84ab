/**
 * Hundreds of lanes as one picture: a pixel for each agent and column of time, brighter the more of it
 * the agent was in a step. Thousands share pixels, which show their mean. It is made when something new is
 * known, once a second at most, and stretched. Rejected: bars as elements, of which there would be hundreds
 * of thousands.
 */

import { columnsOf, LaneDensity } from "../../state/density.ts";
import { lanesPerRow, rowsOf } from "../../state/overview-rows.ts";
import { xOf } from "../../state/time-axis.ts";
import type { Canvas, Colours } from "../colours.ts";
import { AXIS_HEIGHT, COLUMN_WIDTH, densityOf, type Scene } from "./scene.ts";

interface Picture {
  readonly canvas: HTMLCanvasElement;
  /** Pixels of the canvas that its lanes take: less than its height if its last row has fewer. */
  readonly height: number;
  readonly since: number;
  readonly until: number;
  readonly key: string;
  readonly madeAt: number;
}

const MADE_MS_MIN = 1_000;
/** Opacity of a column in which a step ended that took no time at all. */
const FAINTEST = 0.3;
const OPAQUE = 0xff << 24;

let last: Picture | undefined;

export function paintOverview(canvas: Canvas, scene: Scene): void {
  const { context, colours } = canvas;
  const { axis, left, height, layout, lanes, view } = scene;
  const picture = currentPicture(canvas, scene);
  context.imageSmoothingEnabled = false;
  const perMs = picture.canvas.width / (picture.until - picture.since);
  for (const { since, until, isIdle } of axis.parts) {
    const to = Math.min(until, picture.until);
    if (isIdle || to <= since) continue;
    const from = (since - picture.since) * perMs;
    const x = left + xOf(axis, since);
    const width = left + xOf(axis, to) - x;
    const source = [from, 0, (to - since) * perMs, picture.height] as const;
    context.drawImage(picture.canvas, ...source, x, AXIS_HEIGHT, width, height - AXIS_HEIGHT);
  }
  const focused = lanes.findIndex(({ key }) => key === view.lane);
  if (focused !== -1) {
    const y = AXIS_HEIGHT + (focused + 0.5) * layout.laneHeight;
    context.fillStyle = colours.accent;
    context.fillRect(0, y - 1, scene.width, 2);
  }
  paintNames(canvas, scene);
}

/** So many names that they can be read, at the places of their lanes. */
function paintNames({ context, colours }: Canvas, { lanes, layout, left, height }: Scene): void {
  context.font = `11px ${colours.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = colours["text-faint"];
  const every = Math.max(1, Math.ceil(28 / layout.laneHeight));
  for (let n = 0; n < lanes.length; n += every) {
    const y = AXIS_HEIGHT + (n + 0.5) * layout.laneHeight + 5;
    if (y > height - 6) break;
    context.fillText((lanes[n]?.name ?? "").slice(0, 22), 10, y, left - 18);
  }
}

function currentPicture(canvas: Canvas, scene: Scene): Picture {
  const { axis, lanes, view } = scene;
  const { spanMs, endAt } = view;
  const perRow = perRowOf(scene);
  const shape = [spanMs, endAt, axis.width, lanes.length, perRow, canvas.colours.good].join(" ");
  const isSame = last?.key === shape;
  const isFresh = last !== undefined && performance.now() - last.madeAt < MADE_MS_MIN;
  if (last !== undefined && isSame && isFresh) return last;
  last = makePicture(canvas, scene, shape);
  return last;
}

function makePicture({ colours }: Canvas, scene: Scene, key: string): Picture {
  const { axis, lanes } = scene;
  const perRow = perRowOf(scene);
  const rows = rowsOf(lanes, perRow);
  const columns = columnsOf(axis, axis.width, COLUMN_WIDTH);
  const canvas = document.createElement("canvas");
  canvas.width = columns.count;
  canvas.height = rows.length;
  const pixels = new Uint32Array(columns.count * rows.length);
  const pixelAt = pixelsOf(colours);
  const density = new LaneDensity(columns);
  for (const [row, { agents }] of rows.entries()) {
    densityOf(agents, scene, density);
    for (let at = 0; at < columns.count; at += 1) {
      pixels[row * columns.count + at] = pixelAt(density, at, agents.length);
    }
  }
  const image = new ImageData(new Uint8ClampedArray(pixels.buffer), columns.count, rows.length);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  const until = columns.since + columns.count * columns.columnMs;
  const height = lanes.length / perRow;
  return { canvas, height, since: columns.since, until, key, madeAt: performance.now() };
}

/** Lanes that share a row of the picture. */
export function perRowOf({ lanes, height }: Pick<Scene, "lanes" | "height">): number {
  return lanesPerRow(lanes.length, height - AXIS_HEIGHT);
}

/** A failure hides what else happened in its column. */
function pixelsOf(colours: Colours): (density: LaneDensity, at: number, agents: number) => number {
  const [good, bad] = [packed(colours.good), packed(colours.bad)];
  const [held, busy] = [packed(colours.held), packed(colours.busy)];
  return ({ columns, ended, failed, aborted, busyMs }, at, agents) => {
    if (failed[at] !== 0) return bad | OPAQUE;
    const share = Math.min(1, (busyMs[at] as number) / (columns.columnMs * agents));
    if (ended[at] === 0 && share === 0) return 0;
    const ofEnded = aborted[at] === 0 ? good : held;
    const colour = ended[at] === 0 ? busy : ofEnded;
    return colour | (Math.round((FAINTEST + (1 - FAINTEST) * share) * 255) << 24);
  };
}

/** Red, green and blue of `rgb(1, 2, 3)` as they are in memory. */
function packed(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return red | (green << 8) | (blue << 16);
}
