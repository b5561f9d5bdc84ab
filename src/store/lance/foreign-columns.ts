/**
 * Columns that another program has added to a table. Rows of ours lack them, so they must be nullable: one that
 * was filled with a value for all rows is not, and then the table would take no further row.
 */

import type { Table } from "@lancedb/lancedb";
import { quoteIdentifier } from "./column-cast.ts";
import { columnsOf, type TableName } from "./columns.ts";

/** True if rows were refused because they lack a column. */
export function isColumnLacking(error: unknown): boolean {
  return error instanceof Error && /missing=\[\w|partial-schema source/.test(error.message);
}

/** Makes all of them nullable; their values stay. Returns the names of those that were not. */
export async function makeForeignNullable(
  table: Table,
  name: TableName,
): Promise<readonly string[]> {
  const { fields } = await table.schema();
  const names = fields
    .filter((field) => !field.nullable && columnsOf(name)[field.name] === undefined)
    .map((field) => field.name);
  if (names.length > 0) {
    await table.alterColumns(
      names.map((path) => ({ path: quoteIdentifier(path), nullable: true })),
    );
  }
  return names;
}
