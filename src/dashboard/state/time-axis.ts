/** The time axis of the timeline: times to pixels and back, with idle times folded. Pure. */

import type { ShownTime } from "./timeline-view.ts";

/** A part of the axis. Idle times have the same width, however long they are. */
export interface AxisPart extends ShownTime {
  readonly x: number;
  readonly width: number;
  readonly isIdle: boolean;
}

export interface TimeAxis extends ShownTime {
  readonly width: number;
  readonly parts: readonly AxisPart[];
}

/** Pixels of a folded idle time. */
export const IDLE_WIDTH = 34;
/** Least pixels of the rest of the axis: with more idle times than fit none is folded. */
const BUSY_WIDTH_MIN = 120;
/** An idle time is folded if it takes more of the axis than this. */
const IDLE_SHARE_MIN = 0.12;
const IDLE_MS_MIN = 10_000;

/** @param idle times without a step, in order */
export function makeAxis(
  { since, until }: ShownTime,
  width: number,
  idle: readonly ShownTime[] = [],
): TimeAxis {
  const long = idle.filter((gap) => isLong(gap, until - since));
  const idleMs = long.reduce((sum, gap) => sum + gap.until - gap.since, 0);
  const busyWidth = width - long.length * IDLE_WIDTH;
  const isFolded = long.length > 0 && busyWidth >= BUSY_WIDTH_MIN && idleMs < until - since;
  if (!isFolded) {
    return { since, until, width, parts: [{ since, until, x: 0, width, isIdle: false }] };
  }
  const perMs = busyWidth / (until - since - idleMs);
  const parts: AxisPart[] = [];
  let [at, x] = [since, 0];
  const add = (to: number, isIdle: boolean) => {
    const partWidth = isIdle ? IDLE_WIDTH : (to - at) * perMs;
    if (to > at) parts.push({ since: at, until: to, x, width: partWidth, isIdle });
    if (to > at) x += partWidth;
    at = to;
  };
  for (const gap of long) {
    add(gap.since, false);
    add(gap.until, true);
  }
  add(until, false);
  return { since, until, width, parts };
}

function isLong({ since, until }: ShownTime, spanMs: number): boolean {
  return until - since >= Math.max(IDLE_MS_MIN, spanMs * IDLE_SHARE_MIN);
}

/** Times outside the axis are outside its width, by the scale of its nearest part. */
export function xOf({ parts }: TimeAxis, time: number): number {
  const part = parts.find(({ until }) => time < until) ?? parts.at(-1);
  if (part === undefined) return 0;
  return part.x + ((time - part.since) / (part.until - part.since)) * part.width;
}

export function timeAt({ parts }: TimeAxis, x: number): number {
  const part = parts.find((one) => x < one.x + one.width) ?? parts.at(-1);
  if (part === undefined) return 0;
  return part.since + ((x - part.x) / part.width) * (part.until - part.since);
}

/** Milliseconds of one pixel where the axis is not folded. */
export function msPerPixel({ parts, width, since, until }: TimeAxis): number {
  const part = parts.find(({ isIdle }) => !isIdle);
  return part === undefined ? (until - since) / width : (part.until - part.since) / part.width;
}

/** Times with a step, one flag for each equal part of a time; from it the idle times are found. */
export class Occupancy {
  readonly #time: ShownTime;
  readonly #slots: Uint8Array;

  constructor(time: ShownTime, slots = 480) {
    this.#time = time;
    this.#slots = new Uint8Array(slots);
  }

  add(from: number, to: number): void {
    const { since, until } = this.#time;
    if (to < since || from > until) return;
    this.#slots.fill(1, this.#slotOf(Math.max(from, since)), this.#slotOf(Math.min(to, until)) + 1);
  }

  idle(): readonly ShownTime[] {
    const { since, until } = this.#time;
    const ms = (until - since) / this.#slots.length;
    const found: ShownTime[] = [];
    let start = 0;
    for (let at = 0; at <= this.#slots.length; at += 1) {
      if (at < this.#slots.length && this.#slots[at] === 0) continue;
      if (at > start) found.push({ since: since + start * ms, until: since + at * ms });
      start = at + 1;
    }
    return found;
  }

  #slotOf(time: number): number {
    const { since, until } = this.#time;
    const slot = Math.floor(((time - since) / (until - since)) * this.#slots.length);
    return Math.min(slot, this.#slots.length - 1);
  }
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const tickSteps = [
  ...[100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND],
  ...[MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY],
];

/** Whole times for labels, at least so many pixels apart; none in folded times. */
export function ticksOf(axis: TimeAxis, apart: number): readonly number[] {
  const least = msPerPixel(axis) * apart;
  const step = tickSteps.find((ms) => ms >= least) ?? (tickSteps.at(-1) as number);
  // Whole hours and days of the reader's time zone.
  const zone = new Date(axis.until).getTimezoneOffset() * MINUTE;
  return axis.parts
    .filter(({ isIdle }) => !isIdle)
    .flatMap(({ since, until }) => {
      const first = Math.ceil((since - zone) / step) * step + zone;
      const count = Math.max(0, Math.ceil((until - first) / step));
      return Array.from({ length: count }, (_, n) => first + n * step);
    });
}
