/**
 * What REST answers, as JSON Schema: of the same things as view.ts, action.ts, agent.ts and step.ts
 * have as types; a test holds the two equal. Times are milliseconds since the epoch.
 */

import Type, { type TSchema, type TUnsafe } from "typebox";
import { actionOutcomes } from "./action.ts";
import { agentStatuses, ExitReason, Guidance, HistoryEntry } from "./agent.ts";
import type { ActionView, AgentView, DatabaseView, ListedAgent } from "./agent-view.ts";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import { ErrorData } from "./error-data.ts";
import { RESULT_LISTED_MAX } from "./limits.ts";
import type { ListPage } from "./list-page.ts";
import type { StepRow } from "./step.ts";
import { ConfiguredSettings, SettingsInEffect, type TypeView } from "./type-settings.ts";

/** RFC 9457, with the stable code that `type` stands for. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An action that is queued; what came of it is told at its `Location`. */
export interface Receipt {
  readonly action_id: string;
  /** Null for actions that concern no agent. */
  readonly agent_id: string | null;
}

/** Actions that are queued, in the order of the request. */
export interface Receipts {
  readonly action_ids: readonly string[];
  /** Where their end was waited for, and they all have ended. */
  readonly actions?: readonly ActionView[];
}

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const Time = Type.Integer();
const Flag = Type.Boolean();
const JsonObject = Type.Record(Type.String(), Type.Unknown());

function orNull<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

const LiveFiguresSchema = Type.Object({
  heap_bytes: Type.Number(),
  external_bytes: Type.Number(),
  shared_bytes: Type.Number(),
  cpu_ms: Type.Number(),
  mailbox_length: Type.Number(),
  unresponsive_since: orNull(Type.Number()),
  step_since: orNull(Type.Number()),
});

export const AgentViewSchema = Type.Object(
  {
    agent_id: Text,
    agent_type: Text,
    status: Type.Enum([...agentStatuses]),
    paused: Flag,
    iteration: Count,
    result: orNull(Text),
    current_subject: orNull(Text),
    pending_guidance: Type.Array(Guidance),
    context: Type.Unknown(),
    history: Type.Array(HistoryEntry),
    last_error: orNull(ErrorData),
    restarts: Count,
    generation: Count,
    epoch: Count,
    started_at: Time,
    ended_at: orNull(Time),
    updated_at: Time,
    config: JsonObject,
    applied_actions: Type.Array(Text),
    exit_reason: orNull(ExitReason),
    live: orNull(LiveFiguresSchema),
  },
  { $id: "Agent" },
);

/** An agent as lists have it; with `fields=all` it has the rest, too. */
const ListedAgentSchema = Type.Object(
  {
    ...AgentViewSchema.properties,
    context: Type.Optional(AgentViewSchema.properties.context),
    history: Type.Optional(AgentViewSchema.properties.history),
  },
  {
    $id: "ListedAgent",
    description: `The row without context and history, and with at most ${RESULT_LISTED_MAX} characters of the result, an ellipsis behind them; \`fields=all\` asks for whole rows.`,
  },
);

export const ActionViewSchema = Type.Object(
  {
    id: Text,
    action: Text,
    agent_id: orNull(Text),
    actor: Text,
    payload: Type.Unknown(),
    metadata: Type.Unknown(),
    urgency: Type.Integer(),
    created_at: Time,
    processed: Flag,
    not_before: orNull(Time),
    attempts: Count,
    outcome: orNull(Type.Enum([...actionOutcomes])),
    error: orNull(ErrorData),
    processed_at: orNull(Time),
  },
  { $id: "Action" },
);

export const StepSchema = Type.Object(
  {
    step_id: Text,
    agent_id: Text,
    generation: Count,
    iteration: Count,
    status: Type.Enum(["ok", "error", "aborted"]),
    subject: orNull(Text),
    result: orNull(Text),
    error: orNull(ErrorData),
    model: orNull(Text),
    input_tokens: orNull(Count),
    output_tokens: orNull(Count),
    guidance_used: orNull(Type.Array(Text)),
    started_at: Time,
    ended_at: Time,
  },
  { $id: "Step" },
);

const TableStatsSchema = Type.Object({
  rows: Count,
  bytes: Count,
  disk_bytes: orNull(Count),
  fragments: Count,
  versions: Count,
  compacted_at: orNull(Time),
});

export const DatabaseViewSchema = Type.Object(
  {
    location: Text,
    tables: Type.Object({
      queue: TableStatsSchema,
      agents_config: TableStatsSchema,
      agent_state: TableStatsSchema,
      agent_steps: TableStatsSchema,
    }),
  },
  { $id: "Database" },
);

const TypeViewSchema = Type.Object(
  {
    name: Text,
    source: Type.String({
      description: "`built-in`, or its module's path in the folder of agents",
    }),
    config_schema: orNull(JsonObject),
    settings: SettingsInEffect,
    configured: orNull(ConfiguredSettings),
  },
  { $id: "AgentType" },
);

export const ReceiptSchema = Type.Object(
  { action_id: Text, agent_id: orNull(Text) },
  { $id: "Receipt" },
);

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: "`urn:troupe:error:<code>`" }),
    title: Text,
    status: Type.Integer({ minimum: 100, maximum: 599 }),
    code: Type.Enum(Object.keys(errorCodes) as ErrorCode[]),
    detail: Text,
    details: Type.Optional(JsonObject),
  },
  { $id: "Problem" },
);

/** All that have a name in the document. */
export const namedSchemas: readonly TSchema[] = [
  AgentViewSchema,
  ListedAgentSchema,
  ActionViewSchema,
  StepSchema,
  DatabaseViewSchema,
  TypeViewSchema,
  ReceiptSchema,
  ProblemSchema,
];

/** References to the named ones, typed as what they stand for. */
export const AgentResponse: TUnsafe<AgentView> = Type.Unsafe({ $ref: "Agent#" });
export const ActionResponse: TUnsafe<ActionView> = Type.Unsafe({ $ref: "Action#" });
export const DatabaseResponse: TUnsafe<DatabaseView> = Type.Unsafe({ $ref: "Database#" });
export const TypeResponse: TUnsafe<TypeView> = Type.Unsafe({ $ref: "AgentType#" });
export const ReceiptResponse: TUnsafe<Receipt> = Type.Unsafe({ $ref: "Receipt#" });
export const ProblemResponse: TUnsafe<Problem> = Type.Unsafe({ $ref: "Problem#" });
const StepResponse: TUnsafe<StepRow> = Type.Unsafe({ $ref: "Step#" });

const ListedAgentResponse: TUnsafe<ListedAgent> = Type.Unsafe({ $ref: "ListedAgent#" });

export const AgentPage = pageOf(ListedAgentResponse);
export const ActionPage = pageOf(ActionResponse);
export const StepPage = pageOf(StepResponse);
export const TypePage = pageOf(TypeResponse);

export const ReceiptsResponse: TUnsafe<Receipts> = Type.Unsafe(
  Type.Object({ action_ids: Type.Array(Text), actions: Type.Optional(Type.Array(ActionResponse)) }),
);

function pageOf<T>(item: TUnsafe<T>): TUnsafe<ListPage<T>> {
  return Type.Unsafe(Type.Object({ items: Type.Array(item), next_cursor: orNull(Text) }));
}
