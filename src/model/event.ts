/** Events: facts already stored, as subscribers get them. */

import type { ActionOutcome, ActionRow } from "./action.ts";
import type { AgentRow, AgentStatus, Guidance } from "./agent.ts";
import { listedResult } from "./agent-view.ts";
import type { ErrorData } from "./error-data.ts";
import type { AgentId } from "./ids.ts";
import type { StepRow, StepStatus } from "./step.ts";

/** What each type of event carries. */
export interface EventData {
  readonly "agent.status": AgentSummary;
  readonly "agent.step": StepRow;
  readonly "agent.guidance": Guidance;
  /** The agent's event loop has not turned for 2 s; told once until it turns. Never stored. */
  readonly "agent.unresponsive": {
    /** When it turned last, as far as could be seen, in milliseconds since the epoch. */
    readonly since: number;
    /** What it is at: `starting`, `step` or `ending`. */
    readonly phase: string;
    /** Steps ended so far; in phase `step` it is in the one after. */
    readonly iteration: number;
  };
  readonly "action.queued": Pick<ActionRow, "id" | "action" | "actor" | "urgency">;
  readonly "action.processed": {
    readonly id: string;
    readonly action: string;
    readonly outcome: ActionOutcome;
    readonly error: ErrorData | null;
    /** Milliseconds from the time it was due to its handler's last begin, and in the handler. */
    readonly waited_ms: number;
    readonly took_ms: number;
  };
  /** The answer so far of a running model call; live only, never stored. */
  readonly "llm.partial": { readonly function: string; readonly value: unknown };
  /** How the fleet is, once a second while somebody listens; live only, never stored. */
  readonly "fleet.stats": FleetStats;
  /** To one subscriber: events between were not sent to it. What it needs it must read again. */
  readonly gap: Gap;
}

/** An agent's row without what can be large, and with its result cut; it is read where it is wanted. */
export type AgentSummary = Omit<AgentRow, (typeof SUMMARY_COLUMNS_LEFT_OUT)[number]>;

export const SUMMARY_COLUMNS_LEFT_OUT = [
  "pending_guidance",
  "context",
  "history",
  "config",
  "applied_actions",
] as const;

/** Pure. */
export function summarizeAgent({
  pending_guidance: _guidance,
  context: _context,
  history: _history,
  config: _config,
  applied_actions: _applied,
  ...summary
}: Omit<AgentRow, "context" | "history"> & Partial<AgentRow>): AgentSummary {
  return { ...summary, result: listedResult(summary.result) };
}

/** Totals count from the start of this process; a rate is the difference of two. */
export interface FleetStats {
  readonly agents: Readonly<Record<AgentStatus, number>>;
  /** Of these, those whose event loop does not turn. */
  readonly unresponsive: number;
  /** Threads that were started again after a failure. */
  readonly restarts_total: number;
  readonly actions: {
    /** Dispatched and not yet acked. */
    readonly in_flight: number;
    readonly queued_total: number;
    readonly processed_total: Readonly<Record<ActionOutcome, number>>;
  };
  readonly steps_total: Readonly<Record<StepStatus, number>>;
  readonly llm: {
    readonly in_flight: number;
    readonly waiting: number;
    /** Calls that a model was asked, failed and aborted ones included. */
    readonly calls_total: number;
    readonly failures_total: number;
    readonly aborted_total: number;
    /** Calls that failed without having had their turn; not in `calls_total`. */
    readonly refused_total: number;
    readonly input_tokens_total: number;
    readonly output_tokens_total: number;
  };
  readonly store: {
    readonly is_healthy: boolean;
    /** Since when it refuses commits, in milliseconds since the epoch, and why. */
    readonly failing_since: number | null;
    readonly error: ErrorData | null;
  };
  readonly process: {
    readonly rss_bytes: number;
    /** Processor time of the whole process. */
    readonly cpu_ms: number;
    readonly uptime_ms: number;
    /** 99th percentile of the last second. */
    readonly event_loop_delay_ms: number;
  };
}

/** What the parts of the fleet count; the rest of {@link FleetStats} is about the process. */
export type FleetCounts = Omit<FleetStats, "process">;

export interface Gap {
  /**
   * The last event that was sent before, and the next one that can be: what lies between is missing.
   * A gap's own `seq` is the one before `before_seq`, so that resuming after the gap loses nothing more.
   */
  readonly after_seq: number;
  readonly before_seq: number;
  /** The subscriber was too slow, asked for events too old to be kept, or for another process's. */
  readonly reason: "slow" | "expired" | "restarted";
}

export type EventType = keyof EventData;

/** All of them, as names. */
export const eventTypes = [
  "agent.status",
  "agent.step",
  "agent.guidance",
  "agent.unresponsive",
  "action.queued",
  "action.processed",
  "llm.partial",
  "fleet.stats",
  "gap",
] as const satisfies readonly EventType[];

/** Types of events that are told to those who listen at the moment, and not kept for latecomers. */
export type LiveOnlyType = "llm.partial" | "fleet.stats" | "agent.unresponsive" | "gap";

export function isLiveOnly(type: EventType): type is LiveOnlyType {
  return Object.hasOwn(liveOnly, type);
}

const liveOnly: Readonly<Record<LiveOnlyType, true>> = {
  "llm.partial": true,
  "fleet.stats": true,
  "agent.unresponsive": true,
  gap: true,
};

/** The one envelope of all events. `seq` grows by one with each event of this process. */
export type TroupeEvent = {
  readonly [T in EventType]: {
    readonly seq: number;
    readonly type: T;
    /** Milliseconds since the epoch. */
    readonly time: number;
    readonly agent_id?: AgentId;
    readonly data: EventData[T];
  };
}[EventType];
