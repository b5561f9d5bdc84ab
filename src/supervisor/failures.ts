/** The errors that tell why an agent is not, or no longer, running. */

import type { ErrorData } from "../model/error-data.ts";
import { TroupeError } from "../model/errors.ts";
import type { ChildEnd } from "./child.ts";

export function notRunning(agentId: string, status: string, participle: string): TroupeError {
  return new TroupeError(
    "AGENT_NOT_RUNNING",
    `${agentId} is ${status}; only an agent that runs can be ${participle}`,
    { details: { status } },
  );
}

/** For a thread that ended without saying why. */
export function exitError(agentId: string, end: ChildEnd): ErrorData {
  const how =
    end.reason === "finished" ? "said that it is done" : `ended with exit code ${end.code}`;
  return { code: "AGENT_EXITED", message: `${agentId} ${how} without being asked to stop` };
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
  const message = `the process uses ${mib(details["process_bytes"])} of memory, above its ceiling of ${mib(details["ceiling_bytes"])}, and ${agentId} most of it: ${mib(own)}`;
  return { code: "AGENT_OUT_OF_MEMORY", message, details };
}

function mib(bytes = 0): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** For an agent that its policy ends. */
export function unresponsive(agentId: string, details: SilenceFigures): ErrorData {
  const { phase, iteration, timeout_ms } = details;
  const place = phase === "step" ? `in step ${iteration + 1}` : `in phase ${phase}`;
  const message = `${agentId} did not respond for ${timeout_ms / 1_000} s ${place}`;
  return { code: "AGENT_UNRESPONSIVE", message, details: { ...details } };
}

interface SilenceFigures {
  readonly timeout_ms: number;
  readonly phase: string;
  readonly iteration: number;
}

/** For an agent that failed once more than its restart limits allow; keeps the last stack. */
export function exhausted(
  agentId: string,
  failures: number,
  { windowMs }: { readonly windowMs: number },
  last: ErrorData,
): ErrorData {
  return {
    ...last,
    code: "AGENT_RESTARTS_EXHAUSTED",
    message: `${agentId} failed ${failures} times within ${windowMs / 1_000} s, the last time with: ${last.message}`,
    details: { last: last.code, failures },
  };
}

/** For an agent whose steps only fail by their model calls; keeps the last cause. */
export function pausedByFailures(
  agentId: string,
  failures: number,
  { error: last, iteration }: LastFailure,
): ErrorData {
  return {
    ...last,
    code: "AGENT_PAUSED_BY_FAILURES",
    message: `${agentId} paused itself after ${failures} failing steps in a row; it goes on when resumed. The last failed with: ${last.message}`,
    details: { ...last.details, last: last.code, failures, iteration },
  };
}

interface LastFailure {
  readonly error: ErrorData;
  /** Of the step that failed: a later one means that the agent has been resumed. */
  readonly iteration: number;
}
