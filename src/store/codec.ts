/**
 * Rows as TypeScript has them to Arrow and back: the one place where JSON columns become text and
 * 64-bit integers become numbers. What is read is copied, plain and never refused.
 */

import { Field, makeData, RecordBatch, Schema, Struct, Table } from "apache-arrow";
import { cutText } from "../model/cut-text.ts";
import { wellFormedJson } from "../model/json-bounds.ts";
import { inTurns } from "../turns.ts";
import { buildColumn } from "./arrow-column.ts";
import { arrowTypeOf, type Column, columnsOf, type TableName } from "./columns.ts";
import type { StoreLog } from "./log.ts";
import type { Literal } from "./predicate.ts";

/** A row whose every cell is what its column stores. */
export type EncodedRow = Readonly<Record<string, Literal>>;

/**
 * Encodes the columns of `table` that `row` has. Numbers are rounded, and 32-bit ones clamped.
 * @throws TypeError where a JSON column holds what has no JSON text, or a number column a NaN.
 */
export function encodeRow(table: TableName, row: object): EncodedRow {
  const encoded: Record<string, Literal> = {};
  const columns = columnsOf(table);
  for (const [name, value] of Object.entries(row)) {
    const column = columns[name];
    if (column !== undefined) encoded[name] = encodeCell(column, value);
  }
  return encoded;
}

/** Rows that become Arrow in one turn: about a millisecond. */
const ROWS_AT_ONCE = 500;

/** An Arrow table of rows that all have the same columns. */
export async function toArrow(table: TableName, rows: readonly EncodedRow[]): Promise<Table> {
  const columns = columnsOf(table);
  const names = Object.keys(columns).filter((name) => rows[0] !== undefined && name in rows[0]);
  const fields = names.map((name) => {
    const column = columns[name] as Column;
    return new Field(name, arrowTypeOf(column), column.isNullable);
  });
  const schema = new Schema(fields);
  const batches: RecordBatch[] = [];
  for await (const part of inTurns(rows, ROWS_AT_ONCE)) {
    const children = names.map((name) =>
      buildColumn(
        columns[name] as Column,
        part.map((row) => row[name] ?? null),
      ),
    );
    const data = makeData({ type: new Struct(fields), length: part.length, children });
    batches.push(new RecordBatch(schema, data));
  }
  return new Table(schema, batches);
}

/** Cell by cell, in the order of the columns; columns that are not ours are left out, save `_rowid`. */
export function fromArrow(
  table: TableName,
  result: Table,
  log: StoreLog,
): readonly Readonly<Record<string, unknown>>[] {
  const columns = columnsOf(table);
  const rows: Record<string, unknown>[] = Array.from({ length: result.numRows }, () => ({}));
  for (const { name } of result.schema.fields) {
    const column = columns[name];
    const vector = result.getChild(name);
    if (vector === null || (column === undefined && name !== "_rowid")) continue;
    rows.forEach((row, index) => {
      const cell: unknown = vector.get(index);
      row[name] = column === undefined ? cell : decodeCell(column, cell, { table, name, log });
    });
  }
  return rows;
}

const INT32_MAX = 2 ** 31 - 1;

function encodeCell(column: Column, value: unknown): Literal {
  if (value === undefined || (value === null && column.kind !== "json")) return null;
  switch (column.kind) {
    case "text":
      // A half of a surrogate pair has no UTF-8; U+FFFD is what readers would see.
      return String(value).toWellFormed();
    case "json":
      return encodeJson(column.shape, value);
    case "bool":
      return value === true;
    case "int32":
      return Math.max(-INT32_MAX, Math.min(INT32_MAX, toInteger(value)));
    case "int64":
      return toInteger(value);
  }
}

function encodeJson(shape: "object" | "array" | "any", value: unknown): string | null {
  if (value === null && shape !== "any") return null;
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`${typeof value} has no JSON text`);
  return wellFormedJson(text);
}

function toInteger(value: unknown): number {
  const integer = Math.round(Number(value));
  if (Number.isSafeInteger(integer)) return integer;
  throw new TypeError(`expected a number of at most 2^53, got ${String(value)}`);
}

interface Place {
  readonly table: TableName;
  readonly name: string;
  readonly log: StoreLog;
}

function decodeCell(column: Column, cell: unknown, place: Place): unknown {
  switch (column.kind) {
    case "text":
      return cell === null ? (column.fallback ?? null) : String(cell);
    case "bool":
      return cell === true;
    case "int32":
    case "int64":
      return cell === null ? (column.fallback ?? null) : Number(cell);
    case "json":
      return decodeJson(column, cell, place);
  }
}

function decodeJson(column: Column & { kind: "json" }, cell: unknown, place: Place): unknown {
  const fallback = column.fallback === undefined ? null : (JSON.parse(column.fallback) as unknown);
  if (cell === null) return fallback;
  try {
    const value = JSON.parse(String(cell)) as unknown;
    if (hasShape(value, column.shape)) return value;
  } catch {
    // Told below: one bad cell must not hide the rest of a list.
  }
  const excerpt = cutText(String(cell), 60);
  place.log.warn(
    { table: place.table, column: place.name, excerpt },
    `${place.table}.${place.name} should hold JSON (${column.shape}); read as empty`,
  );
  return fallback;
}

function hasShape(value: unknown, shape: "object" | "array" | "any"): boolean {
  if (shape === "any") return true;
  if (shape === "array") return Array.isArray(value);
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
