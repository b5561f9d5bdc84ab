/** What follows from how a handler ended: the action's next state, and what its row will say. Pure. */

import type { ActionRow } from "../model/action.ts";
import { type ActionState, type ActionTrigger, actionTransition } from "../model/action-state.ts";
import { isTransient } from "../model/error-codes.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";

export interface ActionEnd {
  readonly state: ActionState;
  /** Dispatches that failed, this one included. */
  readonly attempts: number;
  readonly error: ErrorData | null;
}

/** The handler returned, perhaps with a note. */
export function endOfSuccess(row: Pick<ActionRow, "attempts">, note?: ErrorData): ActionEnd {
  return { state: after("succeed"), attempts: row.attempts, error: note ?? null };
}

/** Nobody wants it any longer, and it was not begun. */
export function endOfWithdrawal(row: Pick<ActionRow, "attempts">, note: ErrorData): ActionEnd {
  return { state: after("withdraw", "waiting"), attempts: row.attempts, error: note };
}

/** The handler threw: a fault that may pass is met with another attempt, as long as there are any. */
export function endOfFailure(
  row: Pick<ActionRow, "action" | "attempts">,
  thrown: unknown,
  attemptsMax: number,
): ActionEnd {
  const error = toErrorData(thrown);
  if (thrown instanceof TroupeError && !isTransient(thrown.code)) {
    return { state: after("refuse"), attempts: row.attempts, error };
  }
  if (error.code === "STORE_UNAVAILABLE") {
    // No fault of the action, and one that may last longer than all its attempts.
    return { state: after("fail"), attempts: row.attempts, error };
  }
  const attempts = row.attempts + 1;
  if (attempts < attemptsMax) return { state: after("fail"), attempts, error };
  const message = `${row.action} failed ${attempts} times, the last time with: ${error.message}`;
  const buried = { ...error, code: "ACTION_EXHAUSTED", message, details: { last: error.code } };
  return { state: after("exhaust"), attempts, error: buried };
}

function after(occurrence: ActionTrigger, before: ActionState = "in_flight"): ActionState {
  const state = actionTransition(before, occurrence);
  if (state !== undefined) return state;
  throw new TroupeError("INTERNAL", `an action that is ${before} cannot ${occurrence}`);
}
