/** The errors of agents: why one failed, ended, or cannot do what was requested. */

import type { AgentRow, ExitReason } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { messageOf, TroupeError } from "../model/errors.ts";
import type { RecentRestarts } from "../model/recent-restarts.ts";
import type { ChildEnd } from "./thread/child.ts";

export function notRunning(agentId: string, status: string, participle: string): TroupeError {
  return new TroupeError(
    "AGENT_NOT_RUNNING",
    `${agentId} is ${status}; only a running agent can be ${participle}`,
    { details: { status } },
  );
}

/** For the awaited start of an agent that was destroyed before it had started. */
export function startStopped(agentId: string): TroupeError {
  return new TroupeError(
    "AGENT_START_STOPPED",
    `${agentId} was destroyed before its setup had ended`,
  );
}

/** For guidance that cannot be copied into a thread. */
export function undeliverable(agentId: string, cause: unknown): TroupeError {
  const why = messageOf(cause);
  return new TroupeError("ACTION_MALFORMED", `this guidance cannot be sent to ${agentId}: ${why}`, {
    cause,
  });
}

/** True if a retry would not store the record: the cause is the record and not the store. */
export function isRecordFault(thrown: unknown): boolean {
  return !(thrown instanceof TroupeError) || thrown.code === "RECORD_INVALID";
}

/** For an agent that has finished before it could use guidance. */
export function lateGuidance(count: number): string {
  const what = count === 1 ? "1 interrupt" : `${count} interrupts`;
  return `${what} came too late to be used; guidance waits in the row for the next start`;
}

/** For an agent that is done. @param isCooperative false if its thread was terminated after its last step */
export function finishedExit(
  { pending_guidance: unused }: Pick<AgentRow, "pending_guidance">,
  isCooperative: boolean,
): ExitReason {
  const rung = isCooperative ? "cooperative" : "terminated";
  const exit = { reason: "finished", rung, took_ms: 0 } as const;
  return unused.length === 0 ? exit : { ...exit, note: lateGuidance(unused.length) };
}

/** The failure of a thread that ended without a request. */
export interface Failure {
  readonly error: ErrorData;
  /** True if a setup or step threw, or was cut off with guidance, which may be the cause. */
  readonly hasThrown: boolean;
}

export function failureOf(agentId: string, end: ChildEnd): Failure {
  return { error: end.error ?? exitError(agentId, end), hasThrown: end.hasThrown };
}

/** For a thread that ended without a report. */
function exitError(agentId: string, { code }: ChildEnd): ErrorData {
  const message = `${agentId} ended with exit code ${code} without a request to stop`;
  return { code: "AGENT_EXITED", message };
}

type MemoryFigures = Readonly<Record<string, number>>;

/** For an agent above its own budget. */
export function outOfMemory(agentId: string, details: MemoryFigures): ErrorData {
  const message = `${agentId} uses ${mib(details["bytes"])} of memory; its budget is ${mib(details["budget_bytes"])}`;
  return { code: "AGENT_OUT_OF_MEMORY", message, details };
}

/** For an agent ended because the process as a whole uses too much. */
export function shed(agentId: string, details: MemoryFigures): ErrorData {
  const own = (details["bytes"] ?? 0) + (details["suspected_bytes"] ?? 0);
  const message = `the process uses ${mib(details["process_bytes"])} of memory, above its ceiling of ${mib(details["ceiling_bytes"])}; ${agentId} uses the most: ${mib(own)}`;
  return { code: "AGENT_OUT_OF_MEMORY", message, details };
}

function mib(bytes = 0): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** For an agent that is ended because of its `unresponsive_timeout_ms`. */
export function unresponsive(agentId: string, details: SilenceFigures): ErrorData {
  const { phase, iteration, timeout_ms } = details;
  const place = phase === "step" ? `in step ${iteration + 1}` : `in phase ${phase}`;
  const message = `${agentId} did not respond for ${timeout_ms / 1_000} s ${place}`;
  return { code: "AGENT_UNRESPONSIVE", message, details: { ...details } };
}

/** For an agent whose step continued after its deadline and its grace. */
export function stepTimeout(agentId: string, details: StepTimeFigures): ErrorData {
  const { timeout_ms, grace_ms, iteration } = details;
  const message = `${agentId} must end step ${iteration + 1} within ${timeout_ms} ms; it did not end ${grace_ms} ms after its signal either`;
  return { code: "STEP_TIMEOUT", message, details: { ...details } };
}

interface StepTimeFigures {
  readonly timeout_ms: number;
  readonly grace_ms: number;
  readonly iteration: number;
}

interface SilenceFigures {
  readonly timeout_ms: number;
  readonly phase: string;
  readonly iteration: number;
}

/**
 * For an agent that ended more often than its restart limits allow; keeps the last stack. A `permanent`
 * agent may have finished without a failure.
 */
export function exhausted(
  agentId: string,
  { failures, retries }: { readonly failures: number; readonly retries: number },
  { windowMs }: { readonly windowMs: number },
  last: ErrorData | "finished",
): ErrorData {
  if (last === "finished") {
    return {
      code: "AGENT_RESTARTS_EXHAUSTED",
      message: `${agentId} ended ${timesText(failures)} within ${windowMs / 1_000} s, the last time because it was done; its restart type permanent starts it again, transient would let it end`,
      details: { last: "finished", restarts: failures },
    };
  }
  return {
    ...last,
    code: "AGENT_RESTARTS_EXHAUSTED",
    message: `${agentId} failed ${timesText(failures)} within ${windowMs / 1_000} s${afterRetries(retries)}, the last time with: ${last.message}`,
    details: { last: last.code, failures, ...(retries > 0 && { retries }) },
  };
}

/** How often an agent has failed lately. */
export interface RecentFailures {
  readonly count: number;
  /** Milliseconds since the first of them. */
  readonly forMs: number;
}

/** For an agent that is started again after a failure: whoever reads its row sees if that is a loop. */
export function restarted(error: ErrorData, recent: RecentFailures, at: number): ErrorData {
  const recently: RecentRestarts = {
    restarts_recent: recent.count,
    restarts_since: Math.round(at - recent.forMs),
    restarts_at: at,
  };
  return { ...error, details: { ...error.details, ...recently }, at };
}

/** For an agent whose steps keep failing, see failed-steps.ts; keeps the last cause. */
export function pausedByFailures(
  agentId: string,
  failures: number,
  { error: last, iteration }: LastFailure,
): ErrorData {
  const mend =
    last.code === "AGENT_REPORT_INVALID"
      ? "correct its code, restart and then resume it"
      : "resume it to continue";
  return {
    ...last,
    code: "AGENT_PAUSED_BY_FAILURES",
    message: `${agentId} paused itself after ${failures} failing steps in a row; ${mend}. The last failed with: ${last.message}`,
    details: { ...last.details, last: last.code, failures, iteration },
  };
}

interface LastFailure {
  readonly error: ErrorData;
  /** Of the failed step: a later one means that the agent has been resumed. */
  readonly iteration: number;
}

function afterRetries(retries: number): string {
  if (retries === 0) return "";
  return ` after ${retries === 1 ? "1 retry" : `${retries} retries`} of its step`;
}

/** `once`, `3 times` */
function timesText(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
