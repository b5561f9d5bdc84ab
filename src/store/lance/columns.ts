/**
 * The columns of every table, declared once: the Arrow schema, the codec and the allow-list of the
 * predicates all follow from here.
 */

import { Bool, type DataType, Field, Int32, Int64, Schema, Utf8 } from "apache-arrow";

/**
 * What a column holds. `json` is text that is parsed on the way out, and `shape` is what it must
 * parse to. Counters and times are Int64 where 32 bits could run out.
 */
export type Column = TextColumn | NumberColumn | JsonColumn | BoolColumn;

interface TextColumn {
  readonly kind: "text";
  readonly isNullable: boolean;
  /** What a null reads as, in a column that old or foreign rows leave out. */
  readonly fallback?: string;
}

interface NumberColumn {
  readonly kind: "int32" | "int64";
  readonly isNullable: boolean;
  readonly fallback?: number;
  /** A time that others write, in whatever unit their language has. */
  readonly isTime?: true;
}

interface BoolColumn {
  readonly kind: "bool";
  readonly isNullable: false;
}

interface JsonColumn {
  readonly kind: "json";
  readonly isNullable: true;
  readonly shape: "object" | "array" | "any";
  readonly fallback?: "[]" | "{}";
}

const text = { kind: "text", isNullable: false } as const;
/** Of a table that another program made, whose columns may all be null. */
const textOrEmpty = { kind: "text", isNullable: false, fallback: "" } as const;
const foreignTime = { kind: "int64", isNullable: false, fallback: 0, isTime: true } as const;
const textOrNull = { kind: "text", isNullable: true } as const;
const bool = { kind: "bool", isNullable: false } as const;
const int32 = { kind: "int32", isNullable: false } as const;
const int64 = { kind: "int64", isNullable: false } as const;
const int32OrNull = { kind: "int32", isNullable: true } as const;
const int64OrNull = { kind: "int64", isNullable: true } as const;
const int32OrZero = { kind: "int32", isNullable: true, fallback: 0 } as const;
const anything = { kind: "json", isNullable: true, shape: "any" } as const;
const objectOrNull = { kind: "json", isNullable: true, shape: "object" } as const;
const object = { kind: "json", isNullable: true, shape: "object", fallback: "{}" } as const;
const arrayOrNull = { kind: "json", isNullable: true, shape: "array" } as const;
const array = { kind: "json", isNullable: true, shape: "array", fallback: "[]" } as const;

/** Payload and metadata of the queue stay text: anybody may have written them. */
export const tables = {
  queue: {
    id: textOrEmpty,
    action: textOrEmpty,
    agent_id: textOrNull,
    actor: textOrEmpty,
    payload: textOrEmpty,
    metadata: textOrNull,
    urgency: int32OrZero,
    created_at: foreignTime,
    processed: bool,
    not_before: int64OrNull,
    attempts: int32OrZero,
    outcome: textOrNull,
    error: objectOrNull,
    processed_at: int64OrNull,
    request_key: textOrNull,
  },
  /** All but the key may be null, which means the built-in default; `config` stays text to be judged. */
  agents_config: {
    name: textOrEmpty,
    config: textOrNull,
    restart: textOrNull,
    restarts_max: int32OrNull,
    restarts_window_ms: int64OrNull,
    destroy_timeout_ms: int64OrNull,
    memory_mb: int32OrNull,
    interval_ms: int64OrNull,
    updated_at: { kind: "int64", isNullable: true, fallback: 0 },
  },
  agent_state: {
    agent_id: text,
    agent_type: text,
    status: text,
    paused: bool,
    iteration: int64,
    result: textOrNull,
    current_subject: textOrNull,
    pending_guidance: array,
    context: anything,
    history: array,
    last_error: objectOrNull,
    restarts: int32,
    generation: int32,
    epoch: int32,
    started_at: int64,
    ended_at: int64OrNull,
    updated_at: int64,
    config: object,
    applied_actions: array,
    exit_reason: objectOrNull,
  },
  agent_steps: {
    step_id: text,
    agent_id: text,
    generation: int32,
    iteration: int64,
    status: text,
    subject: textOrNull,
    result: textOrNull,
    error: objectOrNull,
    model: textOrNull,
    input_tokens: int64OrNull,
    output_tokens: int64OrNull,
    guidance_used: arrayOrNull,
    started_at: int64,
    ended_at: int64,
  },
} as const satisfies Record<string, Readonly<Record<string, Column>>>;

/**
 * What a table that has grown is indexed by, and how. Without them each poll, ack and look-up reads
 * a column of all history: 70 to 130 ms at a million rows, with them 7 to 12.
 */
export const indices: Readonly<Record<TableName, Readonly<Record<string, "btree" | "bitmap">>>> = {
  queue: { id: "btree", created_at: "btree", processed: "bitmap" },
  agents_config: {},
  agent_state: {},
  agent_steps: { step_id: "btree", agent_id: "btree" },
};

export type TableName = keyof typeof tables;
export type ColumnName<T extends TableName> = keyof (typeof tables)[T] & string;
export const tableNames = Object.keys(tables) as readonly TableName[];

export function columnsOf(table: TableName): Readonly<Record<string, Column>> {
  return tables[table];
}

export function schemaOf(table: TableName): Schema {
  return new Schema(
    Object.entries(columnsOf(table)).map(
      ([name, column]) => new Field(name, arrowTypeOf(column), column.isNullable),
    ),
  );
}

export function arrowTypeOf(column: Column): DataType {
  switch (column.kind) {
    case "text":
    case "json":
      return new Utf8();
    case "int32":
      return new Int32();
    case "int64":
      return new Int64();
    case "bool":
      return new Bool();
  }
}

/** The type's name in LanceDB's SQL. */
export function sqlTypeOf(column: Column): string {
  switch (column.kind) {
    case "text":
    case "json":
      return "string";
    case "int32":
      return "int";
    case "int64":
      return "bigint";
    case "bool":
      return "boolean";
  }
}
