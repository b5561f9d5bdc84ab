/**
 * Counts an agent's steps in a row that failed and would have let it continue forever: those whose model calls
 * failed, and those whose result or context cannot be stored. Each of them may have paid for model calls, so
 * after a few the agent pauses itself. Not counted: what is not its fault, such as a provider that limits calls
 * or is down, because the governor makes its calls wait; and a step that throws, which its restart limits count.
 */

import type { ErrorCode } from "../model/error-codes.ts";
import type { StepRow } from "../model/step.ts";

/** Failed steps in a row after which the agent pauses itself. */
export const FAILED_STEPS_MAX = 5;

const ofProvider: ReadonlySet<string> = new Set([
  "LLM_RATE_LIMITED",
  "LLM_UNAVAILABLE",
  "LLM_LIMIT",
] satisfies ErrorCode[]);

export class FailedSteps {
  #inARow = 0;

  get inARow(): number {
    return this.#inARow;
  }

  /** Counts an ended step; true if that was one failure too many. */
  add({ status, error }: Pick<StepRow, "status" | "error">): boolean {
    if (status === "ok") this.#inARow = 0;
    // An aborted step shows nothing about the model or the agent's code.
    if (status !== "error" || error === null || !isCounted(error.code)) return false;
    this.#inARow += 1;
    return this.#inARow >= FAILED_STEPS_MAX;
  }

  reset(): void {
    this.#inARow = 0;
  }
}

function isCounted(code: string): boolean {
  if (code === "AGENT_REPORT_INVALID") return true;
  return code.startsWith("LLM_") && !ofProvider.has(code);
}
