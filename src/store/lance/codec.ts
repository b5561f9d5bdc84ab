/**
 * Converts rows from TypeScript to Arrow and back: the only place where JSON columns become text
 * and 64-bit integers become numbers. Rows that are read are plain copies, and none is refused.
 */

import { messageOf, TroupeError } from "../../model/errors.ts";
import { wellFormedJson } from "../../model/json-bounds.ts";
import { isObject } from "../../model/parse-json.ts";
import type { Column, HeldJson, JsonColumn } from "../../model/rows/column.ts";
import { inTimeSlices } from "../../time-slices.ts";
import type { StoreLog } from "../store-log.ts";
import { Field, makeData, RecordBatch, Schema, Struct, Table } from "./arrow.ts";
import { buildColumn } from "./arrow-column.ts";
import { arrowTypeOf, columnsOf, type TableName } from "./columns.ts";
import { decodeCell } from "./decode-cell.ts";
import { chunks, type Literal } from "./predicate.ts";

/** A row with every cell as its column stores it. */
export type EncodedRow = Readonly<Record<string, Literal>>;

/** Longest text of one cell, in characters; larger than anything that the limits of records allow. */
const CELL_TEXT_MAX = 64 * 1024 * 1024;

/**
 * Encodes the columns of `table` that `row` has. Numbers are rounded, and 32-bit ones clamped.
 * @throws {TroupeError} `RECORD_INVALID` if a JSON column has a value without JSON text, a number
 * column a value that is not a number of at most 2^53, or a text is too long: such a row can never
 * be stored.
 */
export function encodeRow(table: TableName, row: object): EncodedRow {
  const encoded: Record<string, Literal> = {};
  const columns = columnsOf(table);
  for (const [name, value] of Object.entries(row)) {
    const column = columns[name];
    if (column === undefined) continue;
    try {
      const cell = encodeCell(column, value);
      encoded[name] = cell;
      if (typeof cell === "string" && cell.length > CELL_TEXT_MAX) throw tooLong(cell);
    } catch (cause) {
      throw unstorable(table, name, cause);
    }
  }
  return encoded;
}

function tooLong({ length }: string): RangeError {
  return new RangeError(`expected at most ${CELL_TEXT_MAX} characters, got ${length}`);
}

function unstorable(table: TableName, column: string, cause: unknown): TroupeError {
  const why = messageOf(cause);
  return new TroupeError("RECORD_INVALID", `${table}.${column} cannot store this: ${why}`, {
    cause,
    details: { table, column },
  });
}

/** Rows that become Arrow in one turn: about a millisecond. */
const ROWS_AT_ONCE = 500;
/** Text of one batch, in characters: Arrow counts its bytes with 32 bits. */
const BATCH_TEXT_MAX = 128 * 1024 * 1024;

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
  for await (const turn of inTimeSlices(rows, ROWS_AT_ONCE)) {
    for (const part of cutByText(turn, BATCH_TEXT_MAX)) batches.push(toBatch(part));
  }
  return new Table(schema, batches);

  function toBatch(part: readonly EncodedRow[]): RecordBatch {
    const children = names.map((name) =>
      buildColumn(
        columns[name] as Column,
        part.map((row) => row[name] ?? null),
      ),
    );
    const data = makeData({ type: new Struct(fields), length: part.length, children });
    return new RecordBatch(schema, data);
  }
}

/** Rows in parts of bounded size; a single row may be larger. */
function* cutByText(
  rows: readonly EncodedRow[],
  charactersMax: number,
): Generator<readonly EncodedRow[]> {
  let start = 0;
  let characters = 0;
  for (const [n, row] of rows.entries()) {
    const length = textLengthOf(row);
    if (n > start && characters + length > charactersMax) {
      yield rows.slice(start, n);
      start = n;
      characters = 0;
    }
    characters += length;
  }
  if (start < rows.length) yield start === 0 ? rows : rows.slice(start);
}

/** Rows, and characters of text in them, of one commit. */
const COMMIT_ROWS_MAX = 5_000;
const COMMIT_TEXT_MAX = 64 * 1024 * 1024;

/** Rows in parts that one commit takes. */
export function* cutByCommit(rows: readonly EncodedRow[]): Generator<readonly EncodedRow[]> {
  for (const part of chunks(rows, COMMIT_ROWS_MAX)) yield* cutByText(part, COMMIT_TEXT_MAX);
}

function textLengthOf(row: EncodedRow): number {
  let length = 0;
  for (const name in row) {
    const cell = row[name];
    if (typeof cell === "string") length += cell.length;
  }
  return length;
}

export interface DecodeOptions {
  readonly log: StoreLog;
  /** Cells as Arrow has them, JSON excepted. */
  readonly isExact?: boolean | undefined;
}

/** Cell by cell, in the order of the columns; foreign columns are left out, except `_rowid`. */
export function fromArrow(
  table: TableName,
  result: Table,
  { log, isExact = false }: DecodeOptions,
): readonly Readonly<Record<string, unknown>>[] {
  const columns = columnsOf(table);
  const rows: Record<string, unknown>[] = Array.from({ length: result.numRows }, () => ({}));
  for (const { name } of result.schema.fields) {
    const column = columns[name];
    const vector = result.getChild(name);
    if (vector === null || (column === undefined && name !== "_rowid")) continue;
    const isRaw = column === undefined || (isExact && column.kind !== "json");
    const place = { table, name, log };
    const decode = isRaw ? asItIs : sharing((cell) => decodeCell(column, cell, place));
    rows.forEach((row, index) => {
      row[name] = decode(vector.get(index));
    });
  }
  return rows;
}

/** Equal texts of one column that become one value: those met first. */
const SHARED_TEXTS_MAX = 16;
const SHARED_CHARS_MAX = 1_024;

/**
 * Rows are never changed, so equal cells may be one value: statuses, types, empty lists, the config of a whole
 * fleet. Rows stay in memory for as long as their agents rest. What several rows have is frozen: a change by
 * mistake throws, and does not reach another agent.
 */
function sharing(decode: (cell: unknown) => unknown): (cell: unknown) => unknown {
  const shared = new Map<string, unknown>();
  return (cell) => {
    if (typeof cell !== "string" || cell.length > SHARED_CHARS_MAX) return decode(cell);
    const known = shared.get(cell);
    if (known !== undefined) return known;
    const value = decode(cell);
    if (shared.size >= SHARED_TEXTS_MAX) return value;
    const frozen = freezeJson(value);
    shared.set(cell, frozen);
    return frozen;
  };
}

/** Freezes lists and plain objects; an instance of a class is left as it is. */
function freezeJson(value: unknown): unknown {
  if (!Array.isArray(value) && !isPlainObject(value)) return value;
  for (const part of Object.values(value)) freezeJson(part);
  return Object.freeze(value);
}

function isPlainObject(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}

function asItIs(cell: unknown): unknown {
  return cell;
}

const INT32_MAX = 2 ** 31 - 1;

function encodeCell(column: Column, value: unknown): Literal {
  if (value === undefined || value === null) return null;
  switch (column.kind) {
    case "text":
      // A half of a surrogate pair has no UTF-8; U+FFFD is what readers would see.
      return String(value).toWellFormed();
    case "json":
      return encodeJson(column, value);
    case "bool":
      return value === true;
    case "int32":
      return Math.max(-INT32_MAX, Math.min(INT32_MAX, toInteger(value)));
    case "int64":
      return toInteger(value);
  }
}

function encodeJson({ hold }: JsonColumn, value: unknown): string {
  const isHeld = hold !== undefined;
  const text = isHeld ? (value as HeldJson).text : (JSON.stringify(value) as string | undefined);
  if (text === undefined) throw new TypeError(`${typeof value} has no JSON text`);
  return wellFormedJson(text);
}

function toInteger(value: unknown): number {
  const integer = Math.round(Number(value));
  if (Number.isSafeInteger(integer)) return integer;
  throw new TypeError(`expected a number of at most 2^53, got ${String(value)}`);
}
