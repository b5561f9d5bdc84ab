/** What holds for the one stretch of the agent's own code that runs now: setup, a step, or onStop. */

import type { GuidanceContent } from "../agents/define-agent.ts";

export class StepScope {
  #iteration = 0;
  #guidance: readonly GuidanceContent[] = [];
  #isStep = false;
  /**
   * Fresh for each stretch, so that listeners nobody removed go with it; made for those who ask,
   * because most steps do not and a controller costs as much as a small step.
   */
  #controller: AbortController | undefined;
  #isAborted = false;

  /** Number of the running step; between steps that of the last. */
  get iteration(): number {
    return this.#iteration;
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

  openStep(iteration: number, guidance: readonly GuidanceContent[]): void {
    this.#renew();
    this.#iteration = iteration;
    this.#guidance = Object.freeze(guidance);
    this.#isStep = true;
  }

  closeStep(): void {
    this.#isStep = false;
    this.#guidance = [];
  }

  /** For setup and onStop: a signal of their own, no guidance, the number of the last step. */
  beginHook(iteration: number = this.#iteration): void {
    this.#iteration = iteration;
    this.#renew();
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }

  /** Aborts what runs if it is a step; setup is not to be redone for an interrupt's sake. */
  abortStep(): void {
    if (this.#isStep) this.abort();
  }

  #renew(): void {
    this.#controller = undefined;
    this.#isAborted = false;
  }
}
