/**
 * A step that was cut off, because its thread was terminated or ended in it: it has failed as if it had thrown.
 * What it had changed is gone, and so is what `onInterrupt` has made of guidance in it: only the guidance that
 * its code had at the end counts as failed, the rest waits as before. Pure.
 */

import type { StepReport } from "../boundary/protocol.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { OpenStep } from "./thread/thread-steps.ts";

/** The error of the thread's end, as the step's. */
export function cutOffError(error: ErrorData, { guidance, isOnePiece }: OpenStep): ErrorData {
  const [actionId] = guidance;
  if (!isOnePiece || actionId === undefined) return error;
  const message = `${error.message} (in the guidance of action ${actionId})`;
  return { ...error, message, details: { ...error.details, action_id: actionId } };
}

interface CutOff {
  readonly error: ErrorData;
  /** The agent's, before the step. */
  readonly subject: string | null;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** The report that the step did not send. */
export function cutOffReport(
  { iteration, startedAt, guidance }: OpenStep,
  { error, subject, endedAt }: CutOff,
): StepReport {
  return {
    kind: "step",
    iteration,
    status: "error",
    subject,
    result: null,
    error,
    usage: null,
    startedAt,
    endedAt: Math.max(startedAt, endedAt),
    contextJson: null,
    currentSubject: subject,
    guidanceUsed: [],
    guidanceFailed: guidance,
    next: null,
  };
}
