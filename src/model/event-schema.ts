/**
 * The events as JSON Schema, for the document of the interface and for whoever checks what comes over
 * the wire; event.ts has the same as types, and a test holds the two equal.
 */

import Type, { type TSchema } from "typebox";
import { actionOutcomes } from "./action.ts";
import { agentStatuses, Guidance } from "./agent.ts";
import { ErrorData } from "./error-data.ts";
import { SUMMARY_COLUMNS_LEFT_OUT } from "./event.ts";
import { AgentViewSchema, StepSchema } from "./response.ts";

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const Outcome = Type.Enum([...actionOutcomes]);

function orNull<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** One count for each of these names. */
function countsOf<N extends string>(names: readonly N[]) {
  return Type.Object(
    Object.fromEntries(names.map((name) => [name, Count])) as Record<N, typeof Count>,
  );
}

const FleetStatsSchema = Type.Object({
  agents: countsOf(agentStatuses),
  unresponsive: Count,
  restarts_total: Count,
  actions: Type.Object({
    in_flight: Count,
    queued_total: Count,
    processed_total: countsOf(actionOutcomes),
  }),
  steps_total: countsOf(["ok", "error", "aborted"]),
  llm: countsOf([
    "in_flight",
    "waiting",
    "calls_total",
    "failures_total",
    "aborted_total",
    "refused_total",
    "input_tokens_total",
    "output_tokens_total",
  ]),
  store: Type.Object({
    is_healthy: Type.Boolean(),
    failing_since: orNull(Type.Integer()),
    error: orNull(ErrorData),
  }),
  process: Type.Object({
    rss_bytes: Count,
    cpu_ms: Count,
    uptime_ms: Count,
    event_loop_delay_ms: Type.Number({ minimum: 0 }),
  }),
});

const GapSchema = Type.Object({
  after_seq: Count,
  before_seq: Count,
  reason: Type.Enum(["slow", "expired", "restarted"]),
});

/** What each type of event carries. */
const dataSchemas = {
  "agent.status": Type.Omit(Type.Object(AgentViewSchema.properties), [
    ...SUMMARY_COLUMNS_LEFT_OUT,
    "live",
  ]),
  "agent.step": Type.Object(StepSchema.properties),
  "agent.guidance": Guidance,
  "agent.unresponsive": Type.Object({ since: Type.Integer(), phase: Text, iteration: Count }),
  "action.queued": Type.Object({ id: Text, action: Text, actor: Text, urgency: Type.Integer() }),
  "action.processed": Type.Object({
    id: Text,
    action: Text,
    outcome: Outcome,
    error: orNull(ErrorData),
    waited_ms: Type.Number({ minimum: 0 }),
    took_ms: Type.Number({ minimum: 0 }),
  }),
  "llm.partial": Type.Object({ function: Text, value: Type.Unknown() }),
  "fleet.stats": FleetStatsSchema,
  gap: GapSchema,
};

/** The one envelope. */
export const EventSchema = Type.Union(
  [
    envelopeOf("agent.status"),
    envelopeOf("agent.step"),
    envelopeOf("agent.guidance"),
    envelopeOf("agent.unresponsive"),
    envelopeOf("action.queued"),
    envelopeOf("action.processed"),
    envelopeOf("llm.partial"),
    envelopeOf("fleet.stats"),
    envelopeOf("gap"),
  ],
  { $id: "Event" },
);

function envelopeOf<T extends keyof typeof dataSchemas>(type: T) {
  return Type.Object({
    seq: Count,
    type: Type.Literal(type),
    time: Type.Integer(),
    agent_id: Type.Optional(Text),
    data: dataSchemas[type],
  });
}
