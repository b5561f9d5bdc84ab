/**
 * `ctx.progress`: what the running step says about how far it is. The main thread receives it at once, and
 * ten times a second at most: a step may call it in a loop.
 *
 * It is a live figure: main keeps it until the step's own report arrives, and publishes it as an event.
 * It is gathered by the clock and not only by a timer, because a loop that never yields lets no timer
 * run. Rejected: text in the control block, which main would have to poll for all agents.
 */

import type { ProgressOptions } from "../agents/define-agent.ts";
import type { ProgressReport } from "../boundary/protocol.ts";
import { cutText } from "../model/cut-text.ts";
import { PROGRESS_CHARS_MAX, STEP_TIMEOUT_MS_MAX } from "../model/limits.ts";
import { startTimer, steadyNow, stopTimer, wallNow } from "./clock.ts";

/** Least milliseconds between two reports. */
const GAP_MS = 100;

type Said = Pick<ProgressReport, "text" | "fraction">;

export interface StepProgressOptions {
  readonly send: (report: ProgressReport) => void;
  readonly extend: (ms: number) => void;
}

export class StepProgress {
  readonly #options: StepProgressOptions;
  /** Number of the running step; undefined between steps, where progress says nothing. */
  #iteration: number | undefined;
  /** What was said and is not sent yet. */
  #said: Said | undefined;
  /** On the clock of `steadyNow`. */
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StepProgressOptions) {
    this.#options = options;
  }

  begin(iteration: number): void {
    this.#iteration = iteration;
  }

  /** What was not sent is not worth sending: the step's own report follows. */
  end(): void {
    stopTimer(this.#timer);
    this.#timer = undefined;
    this.#said = undefined;
    this.#iteration = undefined;
  }

  /** No `this` of the caller, because agents may destructure `ctx`. @throws {TypeError} for a wrong argument. */
  readonly say = (text: unknown, fraction?: unknown, options?: ProgressOptions): void => {
    checkText(text);
    checkFraction(fraction);
    const extendMs = extensionOf(options);
    if (this.#iteration === undefined) return;
    if (extendMs !== undefined) this.#options.extend(extendMs);
    this.#said = { text, fraction: fraction ?? null };
    const waitMs = this.#sentAt + GAP_MS - steadyNow();
    // By the clock and not only by a timer: a loop that never yields lets none run.
    if (waitMs <= 0) this.#send();
    else this.#timer ??= startTimer(() => this.#send(), Math.ceil(waitMs)).unref();
  };

  #send(): void {
    stopTimer(this.#timer);
    this.#timer = undefined;
    const [said, iteration] = [this.#said, this.#iteration];
    if (said === undefined || iteration === undefined) return;
    this.#said = undefined;
    this.#sentAt = steadyNow();
    const text = cutText(said.text, PROGRESS_CHARS_MAX).toWellFormed();
    this.#options.send({ kind: "progress", iteration, ...said, text, at: wallNow() });
  }
}

function checkText(text: unknown): asserts text is string {
  if (typeof text !== "string")
    throw new TypeError(`ctx.progress takes a text, got ${kindOf(text)}`);
}

function checkFraction(fraction: unknown): asserts fraction is number | undefined | null {
  if (fraction === undefined || fraction === null) return;
  if (typeof fraction === "number" && fraction >= 0 && fraction <= 1) return;
  throw new TypeError(
    `the fraction of ctx.progress is a number from 0 to 1, got ${kindOf(fraction)}`,
  );
}

function extensionOf(options: unknown): number | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`the options of ctx.progress are an object, got ${kindOf(options)}`);
  }
  const { extendMs, ...others } = options as { readonly extendMs?: unknown };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new TypeError(`ctx.progress has the option extendMs, not ${unknown}`);
  }
  if (extendMs === undefined) return undefined;
  if (typeof extendMs === "number" && extendMs >= 0 && extendMs <= STEP_TIMEOUT_MS_MAX) {
    return extendMs;
  }
  throw new TypeError(
    `extendMs of ctx.progress is a number of milliseconds from 0 to ${STEP_TIMEOUT_MS_MAX}, got ${kindOf(extendMs)}`,
  );
}

function kindOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
