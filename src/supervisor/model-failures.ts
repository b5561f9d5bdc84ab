/**
 * Counts an agent's steps that failed because of its model calls, so that it does not keep wasting calls. A
 * provider that limits calls or is down is not its fault: the governor makes its calls wait.
 */

import type { ErrorCode } from "../model/error-codes.ts";
import type { StepRow } from "../model/step.ts";

/** Failures in a row after which the agent pauses itself. */
export const MODEL_FAILURES_MAX = 5;

const ofProvider: ReadonlySet<string> = new Set([
  "LLM_RATE_LIMITED",
  "LLM_UNAVAILABLE",
  "LLM_LIMIT",
] satisfies ErrorCode[]);

export class ModelFailures {
  #inARow = 0;

  get inARow(): number {
    return this.#inARow;
  }

  /** Counts an ended step; true if that was one failure too many. */
  add({ status, error }: Pick<StepRow, "status" | "error">): boolean {
    if (status === "ok") this.#inARow = 0;
    // An aborted step shows nothing about the model.
    if (status !== "error" || error?.code.startsWith("LLM_") !== true) return false;
    if (ofProvider.has(error.code)) return false;
    this.#inARow += 1;
    return this.#inARow >= MODEL_FAILURES_MAX;
  }

  reset(): void {
    this.#inARow = 0;
  }
}
