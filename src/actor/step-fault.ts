/** Classifies what an agent's step threw. Pure. */

import type { ErrorData } from "../model/error-data.ts";
import { toErrorData } from "../model/errors.ts";

export type StepFault =
  | { readonly status: "aborted"; readonly error: ErrorData | null }
  | { readonly status: "error"; readonly error: ErrorData; readonly cause: FaultCause };

/**
 * `model`: a model call failed · `unstorable`: the result or the context cannot be stored, and another
 * try would be the same · `refused`: the type's schema refuses guidance, and the agent's code has not
 * run · `thrown`: anything else; the thread ends, and the supervisor decides whether the step is tried
 * again. After the other three the agent continues in its thread.
 */
export type FaultCause = "model" | "unstorable" | "refused" | "thrown";

export function classifyThrown(thrown: unknown, signal: AbortSignal): StepFault {
  const error = toErrorData(thrown, "AGENT_STEP_FAILED");
  if (signal.aborted) {
    return { status: "aborted", error: isAbort(thrown, error) ? null : error };
  }
  // The code of a foreign error is never kept, so this one is ours.
  if (error.code.startsWith("LLM_") || error.code === "PROMPT_INVALID") {
    return { status: "error", error, cause: "model" };
  }
  const cause = error.code === "AGENT_REPORT_INVALID" ? "unstorable" : "thrown";
  return { status: "error", error, cause };
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
  return { status: "error", error, cause: "thrown" };
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
