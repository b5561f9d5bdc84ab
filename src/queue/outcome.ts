/** Decides how an action ends, or that it is retried. Pure. */

import type { ActionOutcome, ActionRow } from "../model/action.ts";
import { isTransient } from "../model/error-codes.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";

export interface ActionEnd {
  /** `retry`: none yet, another attempt follows. */
  readonly outcome: ActionOutcome | "retry";
  /** Dispatches that failed, this one included. */
  readonly attempts: number;
  readonly error: ErrorData | null;
  /** True if the action changed nothing. */
  readonly isEffectless?: boolean;
}

/** What a handler returned: perhaps a note. */
export interface Success {
  readonly note?: ErrorData;
  readonly isEffectless?: boolean;
}

/** The handler returned. */
export function endOfSuccess(
  { attempts }: Pick<ActionRow, "attempts">,
  { note, isEffectless }: Success = {},
): ActionEnd {
  const error = note ?? null;
  return { outcome: "done", attempts, error, ...(isEffectless && { isEffectless }) };
}

/** It was withdrawn before it began. */
export function endOfWithdrawal(
  { attempts }: Pick<ActionRow, "attempts">,
  note: ErrorData,
): ActionEnd {
  return { outcome: "cancelled", attempts, error: note };
}

/** The handler threw: a transient fault is retried until the attempts are used up. */
export function endOfFailure(
  row: Pick<ActionRow, "action" | "attempts">,
  thrown: unknown,
  attemptsMax: number,
): ActionEnd {
  const error = toErrorData(thrown);
  if (thrown instanceof TroupeError && !isTransient(thrown.code)) {
    return { outcome: "rejected", attempts: row.attempts, error };
  }
  if (error.code === "STORE_UNAVAILABLE") {
    // Not the action's fault, and it may last longer than all attempts.
    return { outcome: "retry", attempts: row.attempts, error };
  }
  const attempts = row.attempts + 1;
  if (attempts < attemptsMax) return { outcome: "retry", attempts, error };
  const message = `${row.action} failed ${attempts} times, the last time with: ${error.message}`;
  const buried = { ...error, code: "ACTION_EXHAUSTED", message, details: { last: error.code } };
  return { outcome: "dead", attempts, error: buried };
}
