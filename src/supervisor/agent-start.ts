/**
 * One start of an agent, from the request for a thread to the end of its setup. Anything thrown on the
 * way is a failed start: no agent is left between running and failed.
 */

import type { ErrorData } from "../model/error-data.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import { failureOf } from "./failures.ts";
import type { Child, ChildEnd } from "./thread/child.ts";
import type { SpawnChild, SpawnRequest } from "./thread/spawner.ts";

/** Causes that a retry does not fix: the agent's type, its module, its config, its BAML functions. */
const lastingCauses: ReadonlySet<string> = new Set([
  "AGENT_TYPE_UNKNOWN",
  "AGENT_MODULE_BROKEN",
  "AGENT_ADDON_REFUSED",
  "AGENT_CONFIG_INVALID",
  "LLM_FUNCTION_UNKNOWN",
  "PROMPT_INVALID",
]);

/** True if only a change of the agent's type, module or config helps. */
function isLastingCause({ code }: ErrorData): boolean {
  return lastingCauses.has(code);
}

export type StartEnd =
  /** Setup has ended; the loop runs. */
  | { readonly kind: "ready"; readonly child: Child }
  /** `isLasting`: it can start only once the cause has been fixed. */
  | {
      readonly kind: "failed";
      readonly error: ErrorData;
      readonly isLasting: boolean;
      /** See {@link ChildEnd}. */
      readonly hasThrown: boolean;
    }
  /** The agent was ended before the end of its setup. */
  | { readonly kind: "called_off" };

/** A start that is under way. */
export interface BegunStart {
  /** Resolves once setup has ended; rejects with the reason if the agent did not start. */
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
    const failure = failureOf(agentId, end);
    return { kind: "failed", ...failure, isLasting: isLastingCause(failure.error) };
  } catch (thrown) {
    if (request.signal.aborted) return { kind: "called_off" };
    const error = toStartError(agentId, thrown);
    const isLasting = isLastingCause(error) || isUnsendable(thrown);
    return { kind: "failed", error, isLasting, hasThrown: false };
  }
}

/** Without a stack, which would be the supervisor's and not the agent's. */
function toStartError(agentId: string, thrown: unknown): ErrorData {
  const { stack: _ours, ...error } = toErrorData(thrown, "AGENT_START_FAILED");
  if (thrown instanceof TroupeError) return error;
  return { ...error, message: `${agentId} cannot get a thread: ${error.message}` };
}

/** True if the agent's data cannot be copied into a thread: it has a function, or is nested too deep. */
function isUnsendable(thrown: unknown): boolean {
  return (
    thrown instanceof RangeError || (thrown instanceof Error && thrown.name === "DataCloneError")
  );
}
