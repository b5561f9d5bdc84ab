/**
 * The deadline of a running step: its signal fires after `step_timeout_ms`, or later if the step has said
 * that it needs longer; time in which a look inside stops the thread does not count. A step that does not
 * end on its signal, or never lets this timer run, is ended by the main thread (guard/step-deadlines.ts),
 * which reads the same extension from the control block.
 */

import type { ActorControl } from "../boundary/control-block.ts";
import { startTimer, steadyNow, stopTimer } from "./clock.ts";

export interface StepDeadlineOptions {
  /** Milliseconds; null = a step may take any time, and there is nothing to extend. */
  readonly timeoutMs: number | null;
  readonly control: Pick<ActorControl, "extendStep" | "heldMs">;
  readonly onTimeOut: () => void;
}

export class StepDeadline {
  readonly #options: StepDeadlineOptions;
  #timer: NodeJS.Timeout | undefined;
  /** On the clock of `steadyNow`. */
  #startedAt = 0;
  /** Of the control block, when the step started, which may have been in a hold. */
  #heldBeforeMs = 0;
  /** Milliseconds that the step may take. */
  #allowedMs = 0;

  constructor(options: StepDeadlineOptions) {
    this.#options = options;
  }

  /** Milliseconds that the step may take, or might have taken if it has ended; null = any time. */
  get allowedMs(): number | null {
    return this.#options.timeoutMs === null ? null : Math.round(this.#allowedMs);
  }

  begin(): void {
    const { timeoutMs } = this.#options;
    if (timeoutMs === null) return;
    this.#startedAt = steadyNow();
    this.#heldBeforeMs = this.#options.control.heldMs;
    this.#allowedMs = timeoutMs;
    this.#wait(timeoutMs);
  }

  /** The step may run for `ms` milliseconds from now on, if its deadline is sooner and has not come. */
  extend(ms: number): void {
    if (this.#timer === undefined) return;
    const allowedMs = this.#takenMs() + ms;
    if (allowedMs <= this.#allowedMs) return;
    // The timer stays as it is: a step may extend its deadline a million times.
    this.#allowedMs = allowedMs;
    this.#options.control.extendStep(allowedMs);
  }

  end(): void {
    stopTimer(this.#timer);
    this.#timer = undefined;
  }

  /** Milliseconds that the step has taken so far. */
  #takenMs(): number {
    const heldMs = this.#options.control.heldMs - this.#heldBeforeMs;
    return steadyNow() - this.#startedAt - heldMs;
  }

  #wait(ms: number): void {
    this.#timer = startTimer(() => this.#check(), Math.ceil(ms)).unref();
  }

  #check(): void {
    const leftMs = this.#allowedMs - this.#takenMs();
    // In a hold that main has not ended yet this stays the same.
    if (leftMs > 0) {
      this.#wait(leftMs);
      return;
    }
    this.#timer = undefined;
    this.#options.onTimeOut();
  }
}
