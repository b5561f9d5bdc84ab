/** The errors of a thread, and which of them might not occur again. */

import { mapStack } from "../../boundary/mapped-stack.ts";
import type { ActorSpec, FailedReport } from "../../boundary/protocol.ts";
import type { ErrorCode } from "../../model/error-codes.ts";
import type { ErrorData } from "../../model/error-data.ts";
import { TroupeError, toErrorData } from "../../model/errors.ts";

/** Phases whose failure might not occur again, because another service may be the cause. */
const throwingPhases: ReadonlySet<FailedReport["phase"]> = new Set(["setup", "interrupt", "step"]);
/** Codes of a setup or step that took too long. */
const slowCodes: ReadonlySet<string> = new Set(["AGENT_START_TIMEOUT", "STEP_TIMEOUT"]);

export function isSlow({ code }: ErrorData): boolean {
  return slowCodes.has(code);
}

/** V8 also ends a thread above its own limit, if it still can. */
export function endError(thrown: unknown): ErrorData {
  const { code } = Object(thrown) as { readonly code?: unknown };
  const isMemory = code === "ERR_WORKER_OUT_OF_MEMORY";
  const error = toErrorData(thrown, isMemory ? "AGENT_OUT_OF_MEMORY" : "AGENT_EXITED");
  return error.stack === undefined ? error : { ...error, stack: mapStack(error.stack) };
}

export function startCode(error: ErrorData): ErrorCode | string {
  return error.code === "INTERNAL" ? "AGENT_START_FAILED" : error.code;
}

export function startTimeout(
  { agentId }: Pick<ActorSpec, "agentId">,
  deadlineMs: number,
): ErrorData {
  const message = `${agentId} must end its setup within ${deadlineMs / 1_000} s`;
  return toErrorData(new TroupeError("AGENT_START_TIMEOUT", message));
}

/** The error of a thread: the first one counts. */
export class FirstError {
  #error: ErrorData | undefined;
  #hasThrown = false;

  /** `hasThrown`: it is that of a setup or step. */
  get found() {
    return { error: this.#error, hasThrown: this.#hasThrown };
  }

  keep(error: ErrorData | undefined, hasThrown: boolean): void {
    if (this.#error !== undefined || error === undefined) return;
    this.#error = error;
    this.#hasThrown = hasThrown;
  }

  /** A failure of `onStop` does not count. */
  keepFailure({ phase, error }: FailedReport): void {
    if (phase === "stop") return;
    const found = phase === "setup" ? { ...error, code: startCode(error) } : error;
    this.keep(found, throwingPhases.has(phase));
  }
}
