/**
 * One start of an agent, from the request for a thread to the end of its setup.
 * Whatever throws on the way is how the start failed: nothing is left between running and failed.
 */

import type { ErrorData } from "../model/error-data.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import { exitError } from "./failures.ts";
import type { Child } from "./thread/child.ts";
import type { SpawnChild, SpawnRequest } from "./thread/spawner.ts";

/** Causes that no further try mends: the agent's type, its module, its config, its BAML functions. */
const lastingCauses: ReadonlySet<string> = new Set([
  "AGENT_TYPE_UNKNOWN",
  "AGENT_MODULE_BROKEN",
  "AGENT_CONFIG_INVALID",
  "LLM_FUNCTION_UNKNOWN",
]);

export type StartEnd =
  /** Setup has ended; the loop runs. */
  | { readonly kind: "ready"; readonly child: Child }
  /** `isLasting`: it can start only once somebody has mended the cause. */
  | { readonly kind: "failed"; readonly error: ErrorData; readonly isLasting: boolean }
  /** Somebody ended the agent before its setup had ended. */
  | { readonly kind: "called_off" };

/** A start that has begun. */
export interface BegunStart {
  /** Resolves once setup has ended, rejects with why the agent did not start. */
  readonly started: Promise<void>;
}

/** Never rejects. */
export async function startThread(
  agentId: string,
  spawn: SpawnChild,
  request: SpawnRequest,
): Promise<StartEnd> {
  try {
    const child = await spawn(request);
    const end = await child?.started;
    if (child !== undefined && end === undefined) return { kind: "ready", child };
    if (end === undefined || request.signal.aborted) return { kind: "called_off" };
    const error = end.error ?? exitError(agentId, end);
    return { kind: "failed", error, isLasting: lastingCauses.has(error.code) };
  } catch (thrown) {
    if (request.signal.aborted) return { kind: "called_off" };
    const error = toStartError(agentId, thrown);
    const isLasting = lastingCauses.has(error.code) || isUnsendable(thrown);
    return { kind: "failed", error, isLasting };
  }
}

/** Without a stack: it was thrown by the supervisor's own code, and says nothing of the agent's. */
function toStartError(agentId: string, thrown: unknown): ErrorData {
  const { stack: _ours, ...error } = toErrorData(thrown, "AGENT_START_FAILED");
  if (thrown instanceof TroupeError) return error;
  return { ...error, message: `${agentId} cannot be given a thread: ${error.message}` };
}

/** What the agent is made of cannot be copied into a thread: a function in it, or too deep a nesting. */
function isUnsendable(thrown: unknown): boolean {
  return (
    thrown instanceof RangeError || (thrown instanceof Error && thrown.name === "DataCloneError")
  );
}
