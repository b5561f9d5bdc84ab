/** What a throw out of the agent's step means, as data. Pure. */

import type { ErrorData } from "../model/error-data.ts";
import { toErrorData } from "../model/errors.ts";

/** `isOwnFault`: the agent's code is to blame, so doing the same again would fail again. */
export type StepFault =
  | { readonly status: "aborted"; readonly error: ErrorData | null; readonly isOwnFault: false }
  | {
      readonly status: "error";
      readonly error: ErrorData;
      readonly isOwnFault: boolean;
      /** True where the thread ends and the supervisor decides; else the agent goes on by itself. */
      readonly isFatal: boolean;
    };

/**
 * Judges by whose fault it is: nobody's (the step was aborted), the model's (it passes; the agent
 * goes on), a result or context that cannot be stored (told, and the agent goes on), or any other
 * (the agent's code is broken).
 */
export function classifyThrown(thrown: unknown, signal: AbortSignal): StepFault {
  const error = toErrorData(thrown, "AGENT_STEP_FAILED");
  if (signal.aborted) {
    return { status: "aborted", error: isAbort(thrown, error) ? null : error, isOwnFault: false };
  }
  // A foreign error's code is never kept, so this one is ours.
  if (error.code.startsWith("LLM_")) {
    return { status: "error", error, isOwnFault: false, isFatal: false };
  }
  const isFatal = error.code !== "AGENT_REPORT_INVALID";
  return { status: "error", error, isOwnFault: true, isFatal };
}

/** True for the abort itself coming out again; anything else is worth keeping. */
function isAbort(thrown: unknown, { code }: ErrorData): boolean {
  if (code === "LLM_ABORTED") return true;
  try {
    return thrown instanceof Error && thrown.name === "AbortError";
  } catch {
    return false;
  }
}
