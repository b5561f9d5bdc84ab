/** The events as JSON Schema. Their TypeScript types are inferred from it, see event.ts. */

import Type from "typebox";
import { actionOutcomes } from "./action-outcomes.ts";
import { residencies } from "./agent-residency.ts";
import { agentStatuses } from "./agent-status.ts";
import { ErrorData } from "./error-data.ts";
import type { eventTypes } from "./event-types.ts";
import { LogLineSchema, StackFrameSchema } from "./inside-schemas.ts";
import { SUMMARY_COLUMNS_LEFT_OUT } from "./large-columns.ts";
import { ProgressSchema } from "./progress.ts";
import { agentStateRow, Guidance } from "./rows/agent-state-row.ts";
import { listedStepRow } from "./rows/agent-step-row.ts";
import { queueRow } from "./rows/queue-row.ts";
import { Count, countsOf, Flag, orNull, Text, Time } from "./schema-parts.ts";
import { stepStatuses } from "./step-status.ts";
import { UsageCountsSchema } from "./usage-view.ts";

/** Totals count from the start of this process; a rate is the difference of two. */
const FleetStats = Type.Object({
  agents: countsOf(agentStatuses),
  /** Of these, those whose event loop does not turn. */
  unresponsive: Count,
  /** Of the living ones: with a thread, without one, and only in the table. */
  residency: countsOf(residencies),
  /** Threads that were started again after a failure. */
  restarts_total: Count,
  actions: Type.Object({
    /** Dispatched and not yet acked. */
    in_flight: Count,
    queued_total: Count,
    processed_total: countsOf(actionOutcomes),
  }),
  steps_total: countsOf(stepStatuses),
  llm: Type.Object({
    in_flight: Count,
    waiting: Count,
    /** Calls that were sent to a model, including failed and aborted ones. */
    calls_total: Count,
    failures_total: Count,
    aborted_total: Count,
    /** Calls that failed before they were sent; not in `calls_total`. */
    refused_total: Count,
    input_tokens_total: Count,
    output_tokens_total: Count,
    /** US dollars, of models that have a price in models.json. */
    cost_usd_total: Type.Number({ minimum: 0 }),
  }),
  /** What the agents have spent on models, ever and lately; survives restarts. */
  usage: UsageCountsSchema,
  store: Type.Object({
    is_healthy: Flag,
    /** Since when it refuses commits, in milliseconds since the epoch, and why. */
    failing_since: orNull(Time),
    error: orNull(ErrorData),
  }),
  process: Type.Object({
    rss_bytes: Count,
    /** Processor time of the whole process. */
    cpu_ms: Count,
    uptime_ms: Count,
    /** 99th percentile of the last second. */
    event_loop_delay_ms: Type.Number({ minimum: 0 }),
  }),
});

const Gap = Type.Object({
  /**
   * The last event before the gap, and the next one that can be sent: those in between are missing.
   * A gap's own `seq` is the one before `before_seq`, so a resume after the gap loses nothing more.
   */
  after_seq: Count,
  before_seq: Count,
  /** The subscriber was too slow, or requested events that are no longer kept, or another process's. */
  reason: Type.Enum(["slow", "expired", "restarted"]),
});

/** The data of each type of event. */
export const dataSchemas = {
  "agent.status": Type.Omit(agentStateRow, [...SUMMARY_COLUMNS_LEFT_OUT]),
  "agent.step": listedStepRow,
  "agent.guidance": Guidance,
  /** The agent's event loop has not turned for 2 s; sent once until it turns again. Never stored. */
  "agent.unresponsive": Type.Object({
    /** When it was last seen to turn. */
    since: Time,
    /** `starting`, `step` or `ending`. */
    phase: Text,
    /** Steps ended so far; in phase `step` it is in the one after. */
    iteration: Count,
    /** Its calls, the running one first; null if the thread, or its inspector, gave no answer in time. */
    frames: orNull(Type.Array(StackFrameSchema)),
  }),
  /** A line of its log. Sent only to clients that name the agent; never stored. */
  "agent.log": LogLineSchema,
  /** What the running step said with `ctx.progress`, ten times a second at most. Never stored. */
  "agent.progress": ProgressSchema,
  "action.queued": Type.Pick(queueRow, ["id", "action", "actor", "urgency"]),
  "action.processed": Type.Object({
    id: Text,
    action: Text,
    outcome: Type.Enum([...actionOutcomes]),
    error: orNull(ErrorData),
    /** Milliseconds from its due time to the last start of its handler, and in the handler. */
    waited_ms: Type.Number({ minimum: 0 }),
    took_ms: Type.Number({ minimum: 0 }),
  }),
  /** The answer so far of a running model call; live only, never stored. */
  "llm.partial": Type.Object({ function: Text, value: Type.Unknown() }),
  /** Figures of the fleet, once a second while there are subscribers; live only, never stored. */
  "fleet.stats": FleetStats,
  /** To one subscriber: some events were not sent to it, so it must read the rows again. */
  gap: Gap,
} satisfies Readonly<Record<(typeof eventTypes)[number], object>>;

/** The one envelope. */
export const EventSchema = Type.Union(
  Object.entries(dataSchemas).map(([type, data]) =>
    Type.Object({
      seq: Count,
      type: Type.Literal(type),
      time: Time,
      agent_id: Type.Optional(Text),
      data,
    }),
  ),
  { $id: "Event" },
);
