/** The scope of the agent's code that runs now (setup, a step, or onStop): iteration, guidance, signal. */

import type { GuidanceContent } from "../agents/define-agent.ts";

export class StepScope {
  #iteration = 0;
  #guidance: readonly GuidanceContent[] = [];
  #isStep = false;
  /**
   * New in each scope, so that forgotten listeners go with it; made on first use, because most steps
   * need none and a controller costs as much as a small step.
   */
  #controller: AbortController | undefined;
  #isAborted = false;
  #isTimedOut = false;

  /** Number of the running step; between steps, of the last one. */
  get iteration(): number {
    return this.#iteration;
  }

  /** Number of the running step; outside one, of the next. */
  get stepIteration(): number {
    return this.#isStep ? this.#iteration : this.#iteration + 1;
  }

  get isStep(): boolean {
    return this.#isStep;
  }

  get guidance(): readonly GuidanceContent[] {
    return this.#guidance;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** True if the running step was aborted because it takes too long. */
  get isTimedOut(): boolean {
    return this.#isTimedOut;
  }

  openStep(iteration: number): void {
    this.#renew();
    this.#iteration = iteration;
    this.#isStep = true;
  }

  /** What the running step has in `ctx.guidance`. */
  setGuidance(guidance: readonly GuidanceContent[]): void {
    this.#guidance = Object.freeze(guidance);
  }

  closeStep(): void {
    this.#isStep = false;
    this.#guidance = [];
  }

  /** For setup and onStop: their own signal, no guidance, the number of the last step. */
  beginHook(iteration: number = this.#iteration): void {
    this.#iteration = iteration;
    this.#renew();
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }

  /** Aborts the running step because it takes too long; one that is being aborted already just ends. */
  timeOut(): void {
    if (!this.#isStep || this.#isAborted) return;
    this.#isTimedOut = true;
    this.abort();
  }

  /** Aborts only a step: an interrupt must not fail setup. */
  abortStep(): void {
    if (this.#isStep) this.abort();
  }

  #renew(): void {
    this.#controller = undefined;
    this.#isAborted = false;
    this.#isTimedOut = false;
  }
}
