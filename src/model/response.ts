/**
 * What REST answers, as JSON Schema: rows, live figures, and what is around them. Their types follow
 * from here; those that programs without a schema library need are in agent-view.ts.
 */

import Type, { type TSchema, type TUnsafe } from "typebox";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import { LISTED_COLUMNS_LEFT_OUT } from "./large-columns.ts";
import { RESULT_LISTED_MAX } from "./limits.ts";
import type { ListPage } from "./list-page.ts";
import { agentStateRow } from "./rows/agent-state-row.ts";
import { agentStepRow } from "./rows/agent-step-row.ts";
import { queueRow } from "./rows/queue-row.ts";
import { Count, JsonObject, orNull, type StaticOf, Text, Time } from "./schema-parts.ts";
import { TypeViewSchema } from "./type-settings.ts";

/** What is known of an agent's thread beside its row. Nothing of it is stored. */
export const LiveFiguresSchema = Type.Object({
  /** V8's heap in use, as answered last. */
  heap_bytes: Type.Number(),
  /** Buffers beside the heap, as answered last. */
  external_bytes: Type.Number(),
  /** Shared and WebAssembly memory. */
  shared_bytes: Type.Number(),
  /** Processor time since the thread began, in milliseconds. */
  cpu_ms: Type.Number(),
  /** Guidance that the agent has not used yet. */
  mailbox_length: Type.Number(),
  /** Since when, in milliseconds since the epoch, its event loop has not turned; null = it turns. */
  unresponsive_since: orNull(Type.Number()),
  /** Since when, in milliseconds since the epoch, it has been in its step; null = between steps. */
  step_since: orNull(Type.Number()),
});

/** One agent: its row, and null in `live` if it has no thread. */
export const AgentViewSchema = Type.Object(
  { ...agentStateRow.properties, context: Type.Unknown(), live: orNull(LiveFiguresSchema) },
  { $id: "Agent" },
);

/** An agent as lists have it; with `fields=all` it has the rest, too. */
const ListedAgentSchema = Type.Object(
  {
    ...AgentViewSchema.properties,
    ...Type.Partial(Type.Pick(AgentViewSchema, [...LISTED_COLUMNS_LEFT_OUT])).properties,
  },
  {
    $id: "ListedAgent",
    description: `The row without context and history, and with at most ${RESULT_LISTED_MAX} characters of the result, an ellipsis behind them; \`fields=all\` asks for whole rows.`,
  },
);

const { request_key: _requestKey, ...actionColumns } = queueRow.properties;

/**
 * One action. A payload or metadata that is not JSON as it is taken at the doors, as a foreign writer may
 * leave it, stays text: a reader that is strict would refuse the whole answer for its sake.
 */
export const ActionViewSchema = Type.Object(
  { ...actionColumns, payload: Type.Unknown(), metadata: Type.Unknown() },
  { $id: "Action" },
);

const StepSchema = Type.Object(agentStepRow.properties, { $id: "Step" });

/** How large a table is: its rows, and the files that it keeps. */
export const TableStatsSchema = Type.Object({
  rows: Count,
  /** Bytes of the data of the newest version. */
  bytes: Count,
  /** Bytes of all that lies in the table's folder; null on an object store. */
  disk_bytes: orNull(Count),
  fragments: Count,
  /** Versions that are kept, the newest included. */
  versions: Count,
  /**
   * When the last compaction by the process that answers ended, in milliseconds since the epoch; null
   * if it has not compacted the table.
   */
  compacted_at: orNull(Time),
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
    }),
  },
  { $id: "Database" },
);

/** An action that is queued; what came of it is told at its `Location`. */
export type Receipt = StaticOf<typeof ReceiptSchema>;
const ReceiptSchema = Type.Object(
  // Null for actions that concern no agent.
  { action_id: Text, agent_id: orNull(Text) },
  { $id: "Receipt" },
);

/** RFC 9457, with the stable code that `type` stands for. */
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

export const AgentResponse = referenceTo(AgentViewSchema);
export const ActionResponse = referenceTo(ActionViewSchema);
export const DatabaseResponse = referenceTo(DatabaseViewSchema);
export const TypeResponse = referenceTo(TypeViewSchema);
export const ReceiptResponse = referenceTo(ReceiptSchema);
export const ProblemResponse = referenceTo(ProblemSchema);

export const AgentPage = pageOf(referenceTo(ListedAgentSchema));
export const ActionPage = pageOf(ActionResponse);
export const StepPage = pageOf(referenceTo(StepSchema));
export const TypePage = pageOf(TypeResponse);

/** Actions that are queued, in the order of the request; `actions` if all have ended and were waited for. */
export type Receipts = StaticOf<typeof ReceiptsSchema>;
const ReceiptsSchema = Type.Object({
  action_ids: Type.Array(Text),
  actions: Type.Optional(Type.Array(ActionResponse)),
});
export const ReceiptsResponse = Type.Unsafe<Receipts>(ReceiptsSchema);

/** A reference to a named schema, typed as what it stands for. */
function referenceTo<S extends TSchema>(schema: S): TUnsafe<StaticOf<S>> {
  const { $id } = schema as unknown as { readonly $id: string };
  return Type.Unsafe({ $ref: `${$id}#` });
}

function pageOf<T>(item: TUnsafe<T>): TUnsafe<ListPage<T>> {
  return Type.Unsafe(Type.Object({ items: Type.Array(item), next_cursor: orNull(Text) }));
}
