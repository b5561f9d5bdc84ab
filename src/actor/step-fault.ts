/** Classifies what an agent's step threw. Pure. */

import type { ErrorData } from "../model/error-data.ts";
import { toErrorData } from "../model/errors.ts";

/** `isOwnFault`: the agent's code is the cause, so the same guidance would fail again. */
export type StepFault =
  | { readonly status: "aborted"; readonly error: ErrorData | null; readonly isOwnFault: false }
  | {
      readonly status: "error";
      readonly error: ErrorData;
      readonly isOwnFault: boolean;
      /** True if the thread ends and the supervisor decides; otherwise the agent continues. */
      readonly isFatal: boolean;
    };

/**
 * By cause: an abort of the step; the model (transient, the agent continues); a result or context that
 * cannot be stored (reported, the agent continues); anything else (the agent's code is broken).
 */
export function classifyThrown(thrown: unknown, signal: AbortSignal): StepFault {
  const error = toErrorData(thrown, "AGENT_STEP_FAILED");
  if (signal.aborted) {
    return { status: "aborted", error: isAbort(thrown, error) ? null : error, isOwnFault: false };
  }
  // The code of a foreign error is never kept, so this one is ours.
  if (error.code.startsWith("LLM_") || error.code === "PROMPT_INVALID") {
    return { status: "error", error, isOwnFault: false, isFatal: false };
  }
  const isFatal = error.code !== "AGENT_REPORT_INVALID";
  return { status: "error", error, isOwnFault: true, isFatal };
}

/** The fault of a step that threw after it had been aborted for taking too long. */
export function stepTimeout(thrown: unknown, timeoutMs: number): StepFault {
  const own = toErrorData(thrown, "AGENT_STEP_FAILED");
  const message = `the step must end within ${timeoutMs} ms`;
  const error: ErrorData = isAbort(thrown, own)
    ? { code: "STEP_TIMEOUT", message }
    : {
        ...own,
        code: "STEP_TIMEOUT",
        message: `${message}; its signal ended it with: ${own.message}`,
      };
  return { status: "error", error, isOwnFault: false, isFatal: true };
}

/** True for the abort itself; any other error is worth keeping. */
function isAbort(thrown: unknown, { code }: ErrorData): boolean {
  if (code === "LLM_ABORTED") return true;
  try {
    return thrown instanceof Error && thrown.name === "AbortError";
  } catch {
    return false;
  }
}
