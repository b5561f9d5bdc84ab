/**
 * When the canvas is painted: when something has changed, and if its right edge is live, as often as it
 * moves by a pixel; ten times a second at most, and never in a hidden tab.
 */

import { effect } from "@preact/signals";
import type { TimelineReader } from "../../link/timeline-reader.ts";
import { timelineView } from "../../page-store.ts";
import { timeNow } from "../../server-time.ts";
import { msPerPixel } from "../../state/time-axis.ts";
import type { Lane } from "../../state/timeline-lanes.ts";
import { coloursVersion, textScale } from "../../theme.ts";
import { type Colours, readColours } from "../colours.ts";
import type { LaneFocus } from "./lane-focus.ts";
import { paint } from "./paint.ts";
import { makeScene, type Scene } from "./scene.ts";

const FRAME_MS_MIN = 100;
/** An overview changes with each reading, and a quiet page for those who want less motion does as well. */
const FRAME_MS_SLOW = 1_000;

export class LanePainter implements Disposable {
  readonly #reader: TimelineReader;
  readonly #focus: LaneFocus;
  #canvas: HTMLCanvasElement | null = null;
  #colours: Colours | undefined;
  #lanes: readonly Lane[] = [];
  #scene: Scene | undefined;
  #paintedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #opened = new DisposableStack();
  first = 0;
  /** False once the reader has chosen a lane of the overview. */
  mayOverview = true;

  constructor(reader: TimelineReader, focus: LaneFocus) {
    this.#reader = reader;
    this.#focus = focus;
  }

  /** What is painted; undefined before the first time. */
  get scene(): Scene | undefined {
    return this.#scene;
  }

  /** False as soon as single steps are wanted, also before they are painted. */
  get isOverview(): boolean {
    return this.mayOverview && this.#scene?.layout.isOverview === true;
  }

  set lanes(lanes: readonly Lane[]) {
    const isOther = lanes.length !== this.#lanes.length;
    this.#lanes = lanes;
    if (isOther) this.paintSoon();
  }

  attach(canvas: HTMLCanvasElement): void {
    this.#canvas = canvas;
    this.#opened = new DisposableStack();
    const observer = new ResizeObserver(() => this.#fit());
    observer.observe(canvas);
    this.#opened.defer(() => observer.disconnect());
    const onVisible = () => this.paintSoon();
    document.addEventListener("visibilitychange", onVisible);
    this.#opened.defer(() => document.removeEventListener("visibilitychange", onVisible));
    const stops = [
      effect(() => {
        coloursVersion.value;
        textScale.value;
        this.#colours = undefined;
        this.paintSoon();
      }),
      effect(() => {
        timelineView.value;
        this.#focus.step.value;
        // Each second, with what changed in between: ten times as many events would paint the same.
        this.#reader.version.value;
        this.paintSoon();
      }),
    ];
    for (const stop of stops) this.#opened.defer(stop);
    this.#fit();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#opened.dispose();
    this.#canvas = null;
  }

  paintSoon(ms = 0): void {
    if (this.#timer !== undefined && ms > 0) return;
    clearTimeout(this.#timer);
    const dueMs = Math.max(ms, this.#paintedAt + FRAME_MS_MIN - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!document.hidden) requestAnimationFrame(() => this.#paint());
    }, dueMs);
  }

  #fit(): void {
    const canvas = this.#canvas;
    if (canvas === null) return;
    canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
    canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
    // A canvas that was resized is empty until it is painted.
    this.#paint();
  }

  #paint(): void {
    const canvas = this.#canvas;
    const context = canvas?.getContext("2d");
    if (canvas === null || context == null || canvas.clientWidth === 0) return;
    this.#colours ??= readColours(canvas);
    const view = timelineView.peek();
    const scene = makeScene({
      width: canvas.clientWidth / textScale.peek(),
      height: canvas.clientHeight / textScale.peek(),
      lanes: this.#lanes,
      view,
      now: timeNow(),
      reader: this.#reader,
      first: this.first,
      mayOverview: this.mayOverview,
      step: this.#focus.step.peek(),
    });
    this.#scene = scene;
    this.first = scene.layout.first;
    const scale = canvas.width / scene.width;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    paint({ context, colours: this.#colours }, scene);
    this.#paintedAt = performance.now();
    if (view.endAt === null) this.paintSoon(frameMs(scene));
  }
}

function frameMs({ axis, layout }: Scene): number {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (isCalm || layout.isOverview) return FRAME_MS_SLOW;
  return Math.min(FRAME_MS_SLOW, Math.max(FRAME_MS_MIN, msPerPixel(axis)));
}
