/**
 * Columns in which a table differs from ours. Those that it lacks are of a newer Troupe, or were dropped by
 * another program, also while the table is in use. Foreign ones were added by another program: rows of ours
 * lack them, so they must be nullable. One that was filled with a value for all rows is not, and then the
 * table would take no further row.
 */

import type { Table } from "@lancedb/lancedb";
import type { Column } from "../../model/rows/column.ts";
import { quoteIdentifier } from "./column-cast.ts";
import { columnsOf, sqlTypeOf, type TableName } from "./columns.ts";

/** What LanceDB says if it reads, filters by, sorts by, merges by, or appends to a column that is not there. */
const MISSING = [
  /No field named/,
  /Column .+ not found/,
  /does not exist in (?:(?:table|dataset) )?schema/,
  /unexpected=\[\w/,
];

/** True if a request was refused, and nothing stored, because the table lacks a column. */
export function isColumnMissing(error: unknown): boolean {
  return error instanceof Error && MISSING.some((words) => words.test(error.message));
}

/**
 * What their cells are, if not null. Empty cells would carry out every ended action again. If
 * `processed_at` is missing too, the column is not added.
 */
const derivedCells: Readonly<Record<string, string>> = { processed: "processed_at is not null" };

/** Returns the names of those that were missing. */
export async function addMissingColumns(table: Table, name: TableName): Promise<readonly string[]> {
  const missing = await findMissingColumns(table, name);
  if (missing.length === 0) return missing;
  const columns = columnsOf(name);
  const transforms = missing.map((column) => ({
    name: column,
    valueSql: derivedCells[column] ?? `cast(NULL as ${sqlTypeOf(columns[column] as Column)})`,
  }));
  try {
    await table.addColumns(transforms);
  } catch (cause) {
    // Another process that opens the database may have been first.
    if ((await findMissingColumns(table, name)).length > 0) throw cause;
  }
  return missing;
}

async function findMissingColumns(table: Table, name: TableName): Promise<readonly string[]> {
  const { fields } = await table.schema();
  const present = new Set(fields.map((field) => field.name));
  return Object.keys(columnsOf(name)).filter((column) => !present.has(column));
}

/** True if rows were refused because they lack a column. */
export function isColumnLacking(error: unknown): boolean {
  return error instanceof Error && /missing=\[\w|partial-schema source/.test(error.message);
}

/** Makes all foreign columns nullable; their values stay. Returns the names of those that were not. */
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
