/** Errors of a fleet that several rooms throw: each has one code and one wording. */

import { TroupeError } from "./errors.ts";
import { excerpt } from "./ids.ts";

export function unknownAgent(agentId: string): TroupeError {
  return new TroupeError("AGENT_UNKNOWN", `no agent has the id ${agentId}`);
}

export function unknownAction(actionId: string): TroupeError {
  return new TroupeError("ACTION_NOT_FOUND", `no action has the id ${excerpt(actionId)}`);
}

/** The time of a wait for an action is up. */
export function waitTimeout(actionId: string, timeoutMs: number): TroupeError {
  const message = `action ${actionId} must end within ${timeoutMs} ms and did not; it may still`;
  return new TroupeError("WAIT_TIMEOUT", message);
}
