/** Errors of a fleet that several rooms throw, each with one wording. */

import { TroupeError } from "./errors.ts";
import { excerpt } from "./ids.ts";

export function unknownAgent(agentId: string): TroupeError {
  return new TroupeError("AGENT_UNKNOWN", `no agent has the id ${agentId}`);
}

export function unknownAction(actionId: string): TroupeError {
  return new TroupeError("ACTION_NOT_FOUND", `no action has the id ${excerpt(actionId)}`);
}

export function unknownEffect(effectId: string): TroupeError {
  return new TroupeError("EFFECT_NOT_FOUND", `no effect has the id ${excerpt(effectId)}`);
}

export function unknownStep(agentId: string, iteration: number, why: string): TroupeError {
  const message = `nothing is known of ${excerpt(agentId)} after step ${iteration}: ${why}`;
  return new TroupeError("STEP_NOT_FOUND", message);
}

export function waitTimeout(actionId: string, timeoutMs: number): TroupeError {
  const message = `action ${actionId} did not end within ${timeoutMs} ms; it may end later`;
  return new TroupeError("WAIT_TIMEOUT", message);
}

/** For calls on a fleet that is closed, and for those that it ends. */
export function fleetClosed(): TroupeError {
  const message =
    "this fleet is closed: close() was called, or the scope of its `await using` ended";
  return new TroupeError("FLEET_CLOSED", message);
}

/** A wait of `NaN` milliseconds would neither pause nor end. */
export function checkWait(timeoutMs: number): void {
  if (typeof timeoutMs === "number" && !Number.isNaN(timeoutMs)) return;
  const got = typeof timeoutMs === "number" ? String(timeoutMs) : excerpt(timeoutMs);
  const message = `actionWait takes a number of milliseconds after the action's id, got ${got}`;
  throw new TroupeError("REQUEST_INVALID", message);
}

/** For a look inside a thread that is requested of the tables. */
export function threadElsewhere(agentId: string, location: string): TroupeError {
  const message = `only the server that runs ${agentId} can look inside it, and none is reached on ${location}`;
  return new TroupeError("SERVER_UNREACHABLE", message);
}
