/**
 * A step that was cut off, because its thread was terminated or ended in it: it has failed, and main makes the
 * report that the thread did not send. If it had guidance it is tried again as if it had thrown. Pure.
 *
 * What such a step had changed is gone, and so is what `onInterrupt` has made of guidance in it: only the
 * guidance that its code had at the end counts as failed, the rest waits as before. A step is cut off if its
 * number, a word of the control block, is above that of the last report when the thread is gone: a report that
 * arrived with the end is not doubled. What guidance a step has taken is a report, and sent only if there is
 * any; which piece the code was given alone is another word, so one deadly piece takes no other with it.
 *
 * The end of the process leaves no such step: no one is left to make the report, and that end says nothing
 * about the step. Rejected: a durable count of deliveries for each piece, as queues have it, which costs a commit
 * before each step with guidance and counts kills, too; guidance known by its place in the agent's row, which
 * a refusal on its way shifts; a table for dead guidance: the failed step's row names it.
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
