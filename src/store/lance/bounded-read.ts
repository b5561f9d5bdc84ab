/**
 * Reads rows by address with a bound on the text held in memory, whatever was written: texts that are
 * too long are cut, and each row has its real size.
 */

import { fromArrow } from "./codec.ts";
import { type ColumnName, columnsOf, type TableName } from "./columns.ts";
import { rowIdIn } from "./predicate.ts";
import type { StoredTable } from "./stored-table.ts";

export interface BoundedRow<Row> {
  readonly row: Row;
  readonly rowId: bigint;
  /** Bytes of all its texts as stored. */
  readonly bytes: number;
}

export interface BoundedRead<Row> {
  /** In the order of the addresses, without rows that are no longer there: then `hasMoved` is true. */
  readonly rows: readonly BoundedRow<Row>[];
  /** Addresses left unread because of `bytesMax`. */
  readonly left: number;
  readonly hasMoved: boolean;
}

export interface BoundedOptions<T extends TableName> {
  /** Characters of one text that are kept. */
  readonly textMax: number;
  /** Bytes after which no more is read; the row that exceeds them is included, cut. */
  readonly bytesMax: number;
  /** Columns that are not read; left out: none. */
  readonly leftOut?: readonly ColumnName<T>[];
}

/** A smaller table is read in one go: no part of it can be larger. */
const LIGHT_TABLE_BYTES = 64 * 1024 * 1024;
/** Rows of a larger table in one read, and in one batch of LanceDB. */
const ROWS_AT_ONCE = 64;
const BATCH_ROWS = 8;
/**
 * Bytes of text that one read of several rows should have. LanceDB gathers a read in one block of memory, which it
 * copies as it grows: four rows of 8 MB cost six times the processor time of one after the other
 * (`bench/large-rows.ts`).
 */
const PART_BYTES_MAX = 4 * 1024 * 1024;
/** Addresses of one query. */
const QUERY_ROWS_MAX = 1_000;

export async function readBounded<T extends TableName, Row>(
  table: StoredTable<T>,
  rowIds: readonly bigint[],
  options: BoundedOptions<T>,
): Promise<BoundedRead<Row>> {
  if (rowIds.length === 0) return { rows: [], left: 0, hasMoved: false };
  const isLight = (await table.stats()).bytes <= LIGHT_TABLE_BYTES;
  const expressions = expressionsOf(table.name, options);
  const rows: BoundedRow<Row>[] = [];
  let bytes = 0;
  let atOnce = isLight ? QUERY_ROWS_MAX : 1;
  for (let start = 0; start < rowIds.length; ) {
    const part = rowIds.slice(start, start + atOnce);
    start += part.length;
    const found = await readPart<T, Row>(table, part, { expressions, isLight });
    for (const [n, row] of found.entries()) {
      rows.push(row);
      bytes += Math.min(row.bytes, options.textMax);
      if (bytes < options.bytesMax) continue;
      const left = rowIds.length - start + found.length - n - 1;
      return { rows, left, hasMoved: rows.length + left < rowIds.length };
    }
    if (!isLight) atOnce = nextPart(found);
  }
  return { rows, left: 0, hasMoved: rows.length < rowIds.length };
}

/** Larger parts if rows are small. */
function nextPart(found: readonly BoundedRow<unknown>[]): number {
  const largest = Math.max(1, ...found.map(({ bytes }) => bytes));
  return Math.max(
    1,
    Math.min(ROWS_AT_ONCE, 4 * found.length, Math.floor(PART_BYTES_MAX / largest)),
  );
}

interface PartOptions {
  readonly expressions: ReadonlyMap<string, string>;
  readonly isLight: boolean;
}

async function readPart<T extends TableName, Row>(
  table: StoredTable<T>,
  rowIds: readonly bigint[],
  { expressions, isLight }: PartOptions,
): Promise<readonly BoundedRow<Row>[]> {
  const batchRows = isLight ? rowIds.length : BATCH_ROWS;
  const result = await table.readRaw(expressions, rowIdIn(rowIds), batchRows);
  const sizes = result.getChild("text_bytes");
  const rows = fromArrow(table.name, result, { log: table.log });
  const found = new Map(
    rows.map(({ _rowid, ...row }, n) => {
      const rowId = _rowid as bigint;
      return [rowId, { row: row as Row, rowId, bytes: Number(sizes?.get(n) ?? 0) }];
    }),
  );
  return rowIds.map((id) => found.get(id)).filter((row) => row !== undefined);
}

/** Casts, because `left` in LanceDB returns a kind of text that Arrow in TypeScript cannot read. */
function expressionsOf<T extends TableName>(
  table: T,
  { textMax, leftOut = [] }: BoundedOptions<T>,
): ReadonlyMap<string, string> {
  const expressions = new Map<string, string>();
  const sizes: string[] = [];
  for (const [name, { kind }] of Object.entries(columnsOf(table))) {
    if ((leftOut as readonly string[]).includes(name)) continue;
    const isText = kind === "text" || kind === "json";
    expressions.set(name, isText ? `arrow_cast(left(${name}, ${textMax}), 'Utf8')` : name);
    if (isText) sizes.push(`cast(coalesce(octet_length(${name}), 0) as bigint)`);
  }
  return expressions.set("text_bytes", sizes.join(" + "));
}
