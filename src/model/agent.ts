/** An agent: its status as a state machine, its settings, and its one row in `agent_state`. */

import Type from "typebox";
import { type AgentStatus, agentStatuses } from "./agent-status.ts";
import type { ErrorData } from "./error-data.ts";
import type { AgentId } from "./ids.ts";

export { type AgentStatus, agentStatuses };

/**
 * What can happen to an agent.
 * `start` a thread is being started · `ready` its setup has ended · `settle` its thread rests at a
 * step boundary because it was asked to pause · `crash` its thread ended unasked and will be
 * started again · `give_up` it ended unasked and will not · `stop` it was asked to end · `end` its
 * thread is gone and nobody wants it back · `suspend` the process ends, or has died: what the agent
 * must be found as by the next start.
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

/** The status after `trigger`, or undefined where it cannot happen in `status`. Pure. */
export function transition(status: AgentStatus, trigger: AgentTrigger): AgentStatus | undefined {
  return transitions[status][trigger];
}

/** The status that a row left behind by an ended process stands for. Pure. */
export function statusAtRest(status: AgentStatus, isPaused: boolean): AgentStatus {
  const suspended = transition(status, "suspend") ?? status;
  return suspended === "restarting" && isPaused ? "paused" : suspended;
}

/** True where the agent is meant to have a thread, now or soon. */
export function isAlive(status: AgentStatus): boolean {
  return status !== "stopped" && status !== "error";
}

/** What every agent can be configured with, whatever its type. */
export type CommonConfig = Type.Static<typeof CommonConfig>;
export const CommonConfig = Type.Object({
  /** Milliseconds from the start of one step to the start of the next; 0 = no pause between. */
  interval_ms: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400_000 })),
  initial_subject: Type.Optional(Type.String({ maxLength: 2_000 })),
  /**
   * Milliseconds without a turn of its event loop after which the agent is terminated and its
   * restart type decides; left out: never.
   */
  unresponsive_timeout_ms: Type.Optional(Type.Number({ minimum: 2_000, maximum: 86_400_000 })),
});

/** Type of an agent whose creator names none. */
export const AGENT_TYPE_DEFAULT = "joke";

/** Interval of an agent for which nobody has said one, in milliseconds. */
export const INTERVAL_MS_DEFAULT = 3_000;

/** Guidance that came in and was not used yet. */
export type Guidance = Type.Static<typeof Guidance>;
export const Guidance = Type.Object({
  /** The action that brought it. */
  action_id: Type.String(),
  /** What it says; the agent's type decides what it means. */
  guidance: Type.Record(Type.String(), Type.Unknown()),
  /** When it was handled, in milliseconds since the epoch. */
  at: Type.Number(),
});

/** One of the last results, as kept in the agent's row. */
export type HistoryEntry = Type.Static<typeof HistoryEntry>;
export const HistoryEntry = Type.Object({
  iteration: Type.Number(),
  subject: Type.Union([Type.String(), Type.Null()]),
  result: Type.String(),
  at: Type.Number(),
});

/** How an agent's last thread ended. */
export type ExitReason = Type.Static<typeof ExitReason>;
export const ExitReason = Type.Object({
  /**
   * `destroyed` by an action, `finished` by itself, `failed`, or `shutdown` of the process.
   * `unstartable`: it was to run again, and its type, module or config did not allow it; a reload
   * that mends the cause brings it back.
   */
  reason: Type.Union([
    Type.Literal("destroyed"),
    Type.Literal("finished"),
    Type.Literal("failed"),
    Type.Literal("unstartable"),
    Type.Literal("shutdown"),
  ]),
  /** The rung of the stop ladder that ended it: it stopped by itself, or had to be terminated. */
  rung: Type.Union([
    Type.Literal("none"),
    Type.Literal("cooperative"),
    Type.Literal("terminated"),
    Type.Literal("zombie"),
  ]),
  /** Milliseconds from the request to stop until the end of the thread. */
  took_ms: Type.Number(),
  /** The words of whoever asked for it. */
  note: Type.Optional(Type.String()),
});

/** One row of `agent_state`, JSON columns parsed. Times are milliseconds since the epoch. */
export interface AgentRow {
  readonly agent_id: AgentId;
  readonly agent_type: string;
  readonly status: AgentStatus;
  /** The desired state: true from the pause on, until the resume. `status` says whether it is fulfilled. */
  readonly paused: boolean;
  /** Steps ended so far, over all generations; the running step is number `iteration + 1`. */
  readonly iteration: number;
  readonly result: string | null;
  readonly current_subject: string | null;
  readonly pending_guidance: readonly Guidance[];
  /** The agent's own state, as its last step left it. */
  readonly context: unknown;
  readonly history: readonly HistoryEntry[];
  readonly last_error: ErrorData | null;
  /** Times it was started again after a failure, ever. */
  readonly restarts: number;
  /** Starts of this agent, ever. Reports of an older generation are refused. */
  readonly generation: number;
  /** The start of the process that wrote the row last. */
  readonly epoch: number;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly updated_at: number;
  /** Config as given at creation, so that a later process can start the agent again. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * Actions whose effect is in this row and whose ack may not be stored yet; a crash between the
   * two must not apply them again.
   */
  readonly applied_actions: readonly string[];
  readonly exit_reason: ExitReason | null;
}
