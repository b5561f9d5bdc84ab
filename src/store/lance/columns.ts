/** The tables and their columns, in the types of Arrow and of LanceDB's SQL. */

import { agentEffectRow } from "../../model/rows/agent-effect-row.ts";
import { agentStateRow } from "../../model/rows/agent-state-row.ts";
import { agentStepRow } from "../../model/rows/agent-step-row.ts";
import { agentsConfigRow } from "../../model/rows/agents-config-row.ts";
import { type Column, columnsIn } from "../../model/rows/column.ts";
import { queueRow } from "../../model/rows/queue-row.ts";
import { supervisorsRow } from "../../model/rows/supervisors-row.ts";
import { Bool, type DataType, Field, Int32, Int64, Schema, Utf8 } from "./arrow.ts";
import { LAYOUT_COLUMN, layoutMetadata } from "./layout.ts";

const rows = {
  queue: queueRow,
  agents_config: agentsConfigRow,
  agent_state: agentStateRow,
  agent_steps: agentStepRow,
  agent_effects: agentEffectRow,
  supervisors: supervisorsRow,
} as const;

const tables = Object.fromEntries(
  Object.entries(rows).map(([name, row]) => [name, columnsIn(row)]),
) as Readonly<Record<TableName, Readonly<Record<string, Column>>>>;

/**
 * The indexed columns of a large table, and the kind of each index. Without indices each poll, ack
 * and lookup reads a column of the whole history: 70 to 130 ms at a million rows, with them 7 to
 * 12.
 */
export const indices: Readonly<Record<TableName, Readonly<Record<string, "btree" | "bitmap">>>> = {
  queue: { id: "btree", created_at: "btree", processed: "bitmap" },
  agents_config: {},
  agent_state: {},
  agent_steps: { step_id: "btree", agent_id: "btree" },
  agent_effects: { effect_id: "btree", agent_id: "btree" },
  supervisors: {},
};

export type TableName = keyof typeof rows;
export type ColumnName<T extends TableName> = keyof (typeof rows)[T]["properties"] & string;
export const tableNames = Object.keys(tables) as readonly TableName[];

/** Other programs write these tables, too. */
export function isShared(table: TableName): boolean {
  return table === "queue" || table === "agents_config";
}

export function columnsOf(table: TableName): Readonly<Record<string, Column>> {
  return tables[table];
}

/** The columns of `table` except these. */
export function columnsWithout<T extends TableName>(
  table: T,
  left: readonly ColumnName<T>[],
): readonly ColumnName<T>[] {
  const names = Object.keys(columnsOf(table)) as ColumnName<T>[];
  return names.filter((name) => !left.includes(name));
}

export function schemaOf(table: TableName): Schema {
  return new Schema(
    Object.entries(columnsOf(table)).map(
      ([name, column]) =>
        new Field(name, arrowTypeOf(column), column.isNullable, metadataOf(table, name)),
    ),
  );
}

function metadataOf(table: TableName, column: string): Map<string, string> | null {
  const isLayout = table === LAYOUT_COLUMN.table && column === LAYOUT_COLUMN.column;
  return isLayout ? new Map(layoutMetadata) : null;
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
