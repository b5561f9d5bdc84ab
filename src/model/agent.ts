/** An agent: its status as a state machine, and its one row in `agent_state`. Loads no schema library. */

import { type AgentStatus, agentStatuses } from "./agent-status.ts";
import type { History } from "./history.ts";
import type * as row from "./rows/agent-state-row.ts";
import type * as entry from "./rows/history-entry.ts";
import type { StaticOf } from "./schema-parts.ts";

export { type AgentStatus, agentStatuses };

/** One row of `agent_state`, JSON columns parsed except the context, and the history once it is read. */
export type AgentRow = Omit<StaticOf<typeof row.agentStateRow>, "history"> & {
  readonly history: History;
};
export type Guidance = StaticOf<typeof row.Guidance>;
export type HistoryEntry = StaticOf<typeof entry.HistoryEntry>;
export type ExitReason = StaticOf<typeof row.ExitReason>;

/**
 * The events of an agent.
 * `start` a thread is being started · `ready` its setup has ended · `settle` its thread has paused at a
 * step boundary · `crash` its thread ended without a request and will be started again · `give_up` the
 * same, and it will not be · `stop` its end was requested · `end` its thread has ended for good ·
 * `suspend` the process ends, or has died: gives the status that the next start must find.
 */
export type AgentTrigger =
  | "start"
  | "ready"
  | "pause"
  | "settle"
  | "resume"
  | "crash"
  | "give_up"
  | "stop"
  | "end"
  | "suspend";

const transitions: Record<AgentStatus, Partial<Record<AgentTrigger, AgentStatus>>> = {
  starting: {
    ready: "running",
    pause: "starting",
    settle: "paused",
    resume: "starting",
    crash: "restarting",
    give_up: "error",
    stop: "stopping",
    end: "stopped",
    suspend: "restarting",
  },
  running: {
    pause: "pausing",
    resume: "running",
    crash: "restarting",
    give_up: "error",
    stop: "stopping",
    end: "stopped",
    suspend: "restarting",
  },
  pausing: {
    pause: "pausing",
    settle: "paused",
    resume: "running",
    crash: "restarting",
    give_up: "error",
    stop: "stopping",
    end: "stopped",
    suspend: "paused",
  },
  paused: {
    pause: "paused",
    settle: "paused",
    resume: "running",
    crash: "restarting",
    give_up: "error",
    stop: "stopping",
    end: "stopped",
    suspend: "paused",
  },
  stopping: { stop: "stopping", end: "stopped", suspend: "stopped" },
  restarting: {
    start: "starting",
    pause: "restarting",
    resume: "restarting",
    give_up: "error",
    stop: "stopping",
    end: "stopped",
    suspend: "restarting",
  },
  stopped: { start: "starting", stop: "stopped", end: "stopped", suspend: "stopped" },
  error: { start: "starting", stop: "stopped", end: "stopped", suspend: "error" },
};

/** The status after `trigger`, or undefined if it cannot happen in `status`. Pure. */
export function transition(status: AgentStatus, trigger: AgentTrigger): AgentStatus | undefined {
  return transitions[status][trigger];
}

/** The effective status of a row that an ended process left behind. Pure. */
export function statusAtRest(status: AgentStatus, isPaused: boolean): AgentStatus {
  const suspended = transition(status, "suspend") ?? status;
  return suspended === "restarting" && isPaused ? "paused" : suspended;
}

/** True if the agent should have a thread, now or soon. */
export function isAlive(status: AgentStatus): boolean {
  return status !== "stopped" && status !== "error";
}

/** Type of an agent whose creator names none. */
export const AGENT_TYPE_DEFAULT = "joke";

/** Interval of an agent for which none is set, in milliseconds. */
export const INTERVAL_MS_DEFAULT = 3_000;
