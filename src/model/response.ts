/**
 * REST's responses as JSON Schema. Their types are inferred from it; agent-view.ts has those for programs
 * without a schema library.
 */

import Type, { type TSchema, type TUnsafe } from "typebox";
import { residencies } from "./agent-residency.ts";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import {
  CpuProfileSchema,
  HeapProfileSchema,
  HeapSummarySchema,
  LogPageSchema,
  MailboxSchema,
  StackFrameSchema,
  StackSchema,
} from "./inside-schemas.ts";
import { LISTED_COLUMNS_LEFT_OUT } from "./large-columns.ts";
import { RESULT_LISTED_MAX } from "./limits.ts";
import type { ListPage } from "./list-page.ts";
import { ModelViewSchema } from "./model-view.ts";
import { ProgressSchema } from "./progress.ts";
import { agentEffectRow } from "./rows/agent-effect-row.ts";
import { agentStateRow } from "./rows/agent-state-row.ts";
import { agentStepRow, listedStepRow } from "./rows/agent-step-row.ts";
import { queueRow } from "./rows/queue-row.ts";
import { Count, JsonObject, orNull, type StaticOf, Text, Time } from "./schema-parts.ts";
import { StepCountSchema, StepSpanSchema } from "./step-span.ts";
import { TypeViewSchema } from "./type-settings.ts";
import { FigureSchema, UsageViewSchema } from "./usage-view.ts";

/** Figures of an agent's thread; none of them is stored. */
export const LiveFiguresSchema = Type.Object({
  /** V8's heap in use, when last measured. */
  heap_bytes: Type.Number(),
  /** Buffers outside the heap, when last measured. */
  external_bytes: Type.Number(),
  /** Shared and WebAssembly memory. */
  shared_bytes: Type.Number(),
  /** Processor time since the thread started, in milliseconds. */
  cpu_ms: Type.Number(),
  /** Bytes of all kinds together above which the thread is ended; null = not watched yet. */
  memory_max_bytes: orNull(Type.Number()),
  /** Guidance that the agent has not used yet. */
  mailbox_length: Type.Number(),
  /** When the oldest of it arrived, in milliseconds since the epoch; null = there is none. */
  guidance_since: orNull(Type.Number()),
  /** Since when, in milliseconds since the epoch, its event loop has not turned; null = it turns. */
  unresponsive_since: orNull(Type.Number()),
  /**
   * Its calls when it fell silent, the running one first; in a list of agents only the innermost one of the
   * agent's own code. Null = it responds, or they are not known.
   */
  unresponsive_frames: orNull(Type.Array(StackFrameSchema)),
  /** Since when, in milliseconds since the epoch, it has been in its step; null = between steps. */
  step_since: orNull(Type.Number()),
  /** Since when, in milliseconds since the epoch, its next step has been due; null = in a step, or none is due. */
  due_since: orNull(Type.Number()),
  /** Milliseconds from step to step, unless a step says when the next is due. */
  interval_ms: Type.Number(),
  /** The model for which its call waits, since when, and why; null = none waits. */
  model_wait: orNull(
    Type.Object({ since: Type.Number(), model: Type.String(), why: Type.String() }),
  ),
  /** How far its step is, as `ctx.progress` said last; null = nothing, or between steps. */
  progress: orNull(ProgressSchema),
});

/** One agent: its row, and its thread's figures; null in `live` if it has no thread. */
export const AgentViewSchema = Type.Object(
  {
    ...agentStateRow.properties,
    context: Type.Unknown(),
    live: orNull(LiveFiguresSchema),
    /**
     * `hot`: it has a thread; `warm`: it has none now, and the process has it in memory; `cold`: it is only
     * in the table, because no process runs; null: it has ended, or the reader cannot know.
     */
    residency: orNull(Type.Enum([...residencies])),
    /** What it has spent on models, ever; null if it was never counted. */
    spent: orNull(FigureSchema),
  },
  { $id: "Agent" },
);

/** An agent in a list; with `fields=all` it has all columns. */
const ListedAgentSchema = Type.Object(
  {
    ...AgentViewSchema.properties,
    ...Type.Partial(Type.Pick(AgentViewSchema, [...LISTED_COLUMNS_LEFT_OUT, "usage"])).properties,
  },
  {
    $id: "ListedAgent",
    description: `The row without context and history, and with at most ${RESULT_LISTED_MAX} characters of the result, followed by an ellipsis if it is cut; \`fields=all\` requests whole rows.`,
  },
);

const { request_key: _requestKey, ...actionColumns } = queueRow.properties;

/**
 * One action. A payload or metadata of a foreign row stays text if it is not valid JSON, because a strict
 * reader would refuse the whole response, or if its value would lose something.
 */
export const ActionViewSchema = Type.Object(
  { ...actionColumns, payload: Type.Unknown(), metadata: Type.Unknown() },
  { $id: "Action" },
);

/** One effect in its furthest state. */
export const EffectViewSchema = Type.Object(
  { ...agentEffectRow.properties, input: Type.Unknown(), value: Type.Unknown() },
  { $id: "Effect" },
);

export const StepContextSchema = Type.Object(
  {
    agent_id: agentStepRow.properties.agent_id,
    iteration: Count,
    /** The step that changed it last; null if no step that is kept did. */
    from_iteration: orNull(Count),
    context: Type.Unknown(),
  },
  { $id: "StepContext" },
);

const StepSchema = Type.Object(listedStepRow.properties, { $id: "Step" });

/** The size of a table. */
export const TableStatsSchema = Type.Object({
  rows: Count,
  /** Bytes of the data of the newest version. */
  bytes: Count,
  /** Bytes of all files in the table's folder; null on an object store. */
  disk_bytes: orNull(Count),
  fragments: Count,
  /** Versions that are kept, including the newest. */
  versions: Count,
  /**
   * End of the last compaction by the responding process, in milliseconds since the epoch; null if it has
   * not compacted the table.
   */
  compacted_at: orNull(Time),
});

/** The journal of the responding process. Times are milliseconds. */
const JournalStatsSchema = Type.Object({
  /** Actions that the tables do not have on the disk yet. */
  entries: Count,
  /** Rows of effects that the table does not have on the disk yet. */
  effects: Count,
  /** Bytes of its log. */
  bytes: Count,
  /** Age of the oldest action; 0 without any. */
  oldest_ms: Type.Number({ minimum: 0 }),
  /** The last transaction, with its sync to the disk. */
  sync_ms: Type.Number({ minimum: 0 }),
  /** Transactions since the start. */
  syncs: Count,
});

/** The database, table by table. */
export const DatabaseViewSchema = Type.Object(
  {
    /** Its folder or URI. */
    location: Text,
    tables: Type.Object({
      queue: TableStatsSchema,
      agents_config: TableStatsSchema,
      agent_state: TableStatsSchema,
      agent_steps: TableStatsSchema,
      agent_effects: TableStatsSchema,
      /** Left out until a process has run the database. */
      supervisors: Type.Optional(TableStatsSchema),
    }),
    /** Left out by a process without a journal. */
    journal: Type.Optional(JournalStatsSchema),
  },
  { $id: "Database" },
);

/** A queued action; its `Location` has the outcome. */
export type Receipt = StaticOf<typeof ReceiptSchema>;
const ReceiptSchema = Type.Object(
  // Null for actions that concern no agent.
  { action_id: Text, agent_id: orNull(Text) },
  { $id: "Receipt" },
);

/** RFC 9457, with the stable code that is also in `type`. */
export type Problem = StaticOf<typeof ProblemSchema>;
const ProblemSchema = Type.Object(
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

/** All schemas with a name in the OpenAPI document. */
export const namedSchemas: readonly TSchema[] = [
  AgentViewSchema,
  ListedAgentSchema,
  ActionViewSchema,
  StepSchema,
  StepSpanSchema,
  StepCountSchema,
  EffectViewSchema,
  StepContextSchema,
  DatabaseViewSchema,
  TypeViewSchema,
  ModelViewSchema,
  StackSchema,
  HeapSummarySchema,
  LogPageSchema,
  MailboxSchema,
  CpuProfileSchema,
  HeapProfileSchema,
  UsageViewSchema,
  ReceiptSchema,
  ProblemSchema,
];

export const AgentResponse = referenceTo(AgentViewSchema);
export const ActionResponse = referenceTo(ActionViewSchema);
export const EffectResponse = referenceTo(EffectViewSchema);
export const StepContextResponse = referenceTo(StepContextSchema);
export const DatabaseResponse = referenceTo(DatabaseViewSchema);
export const UsageResponse = referenceTo(UsageViewSchema);
export const TypeResponse = referenceTo(TypeViewSchema);
export const StackResponse = referenceTo(StackSchema);
export const HeapSummaryResponse = referenceTo(HeapSummarySchema);
export const LogResponse = referenceTo(LogPageSchema);
export const MailboxResponse = referenceTo(MailboxSchema);
export const CpuProfileResponse = referenceTo(CpuProfileSchema);
export const HeapProfileResponse = referenceTo(HeapProfileSchema);
export const ReceiptResponse = referenceTo(ReceiptSchema);
export const ProblemResponse = referenceTo(ProblemSchema);

export const AgentPage = pageOf(referenceTo(ListedAgentSchema));
export const ActionPage = pageOf(ActionResponse);
export const StepPage = pageOf(referenceTo(StepSchema));
export const StepSpanPage = pageOf(referenceTo(StepSpanSchema));
export const StepCountPage = pageOf(referenceTo(StepCountSchema));
export const EffectPage = pageOf(EffectResponse);
export const TypePage = pageOf(TypeResponse);
export const ModelPage = pageOf(referenceTo(ModelViewSchema));

/** Queued actions, in the order of the request; `actions` if the request waited and all have ended. */
export type Receipts = StaticOf<typeof ReceiptsSchema>;
const ReceiptsSchema = Type.Object({
  action_ids: Type.Array(Text),
  actions: Type.Optional(Type.Array(ActionResponse)),
});
export const ReceiptsResponse = Type.Unsafe<Receipts>(ReceiptsSchema);

/** A reference to a named schema, with the type of its values. */
function referenceTo<S extends TSchema>(schema: S): TUnsafe<StaticOf<S>> {
  const { $id } = schema as unknown as { readonly $id: string };
  return Type.Unsafe({ $ref: `${$id}#` });
}

function pageOf<T>(item: TUnsafe<T>): TUnsafe<ListPage<T>> {
  return Type.Unsafe(Type.Object({ items: Type.Array(item), next_cursor: orNull(Text) }));
}
