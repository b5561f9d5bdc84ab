/**
 * Builds filters. The only place where strings enter LanceDB's SQL, which has no bound parameters:
 * columns are declared ones, and text is quoted here and nowhere else.
 */

import type { NumberColumn, TextColumn } from "../../model/rows/column.ts";
import { type ColumnName, columnsOf, type TableName } from "./columns.ts";
import { BATCH_ROWS } from "./lance-settings.ts";

declare const brand: unique symbol;
/** SQL text that was built here. */
export type Predicate = string & { readonly [brand]: "Predicate" };
export type Literal = string | number | bigint | boolean | null;

/** Values in one `IN (…)`: {@link chunks} splits longer lists for several statements. */
export const LIST_VALUES_MAX = 1_000;

/** The values in parts that one predicate takes. */
export function* chunks<V>(values: readonly V[], size = LIST_VALUES_MAX): Generator<readonly V[]> {
  for (let start = 0; start < values.length; start += size) {
    yield values.slice(start, start + size);
  }
}

/** The predicates on the columns of `table`. */
export function predicatesOf<T extends TableName>(table: T) {
  type Name = ColumnName<T>;
  const compare = (name: Name, operator: string, value: Literal) =>
    `${quoteColumn(table, name)} ${operator} ${quoteLiteral(value)}` as Predicate;
  return {
    is: (name: Name, value: Literal) => compare(name, "=", value),
    isBelow: (name: Name, value: Literal) => compare(name, "<", value),
    isAtMost: (name: Name, value: Literal) => compare(name, "<=", value),
    isAbove: (name: Name, value: Literal) => compare(name, ">", value),
    isAtLeast: (name: Name, value: Literal) => compare(name, ">=", value),
    /** True if the number is one that its column may have. */
    isFit: (name: Name) => {
      const { min, max } = columnsOf(table)[name] as NumberColumn;
      return all(compare(name, ">=", min), compare(name, "<=", max));
    },
    /** True if the number reads as empty. Never true of a null. */
    isUnfit: (name: Name) => {
      const { min, max } = columnsOf(table)[name] as NumberColumn;
      return any(compare(name, "<", min), compare(name, ">", max));
    },
    /** True if the text reads as this one of its column's choices. */
    readsAs: (name: Name, text: string) =>
      readsAs(quoteColumn(table, name), (columnsOf(table)[name] as TextColumn).choice, text),
    isNull: (name: Name) => `${quoteColumn(table, name)} IS NULL` as Predicate,
    isNotNull: (name: Name) => `${quoteColumn(table, name)} IS NOT NULL` as Predicate,
    startsWith: (name: Name, part: string) =>
      `starts_with(${quoteColumn(table, name)}, ${quoteLiteral(part)})` as Predicate,
    /** Never true of a null. An empty list matches nothing. */
    isIn: (name: Name, values: readonly Literal[]) =>
      listOf(quoteColumn(table, name), "IN", values),
    /** Never true of a null. An empty list matches everything. */
    isNotIn: (name: Name, values: readonly Literal[]) =>
      listOf(quoteColumn(table, name), "NOT IN", values),
    /** True if the text contains `part`, ignoring case; `%` and `_` are literal. */
    contains: (name: Name, part: string) =>
      `contains(lower(${quoteColumn(table, name)}), lower(${quoteLiteral(part)}))` as Predicate,
    /** True if JSON text has the key with one of these texts, at any depth. An empty list matches nothing. */
    hasText: (name: Name, key: string, texts: readonly string[]) =>
      texts.length === 0
        ? any()
        : (`regexp_like(${quoteColumn(table, name)}, ${quoteLiteral(jsonText(key, texts))})` as Predicate),
    assign: (name: Name, value: Literal): readonly [string, string] => [
      quoteColumn(table, name),
      quoteLiteral(value),
    ],
  };
}

function readsAs(column: string, choice: TextColumn["choice"], text: string): Predicate {
  const { known = [], other } = choice ?? {};
  if (text !== other) return `${column} = ${quoteLiteral(text)}` as Predicate;
  const others = known.filter((one) => one !== text);
  return any(`${column} IS NULL` as Predicate, listOf(column, "NOT IN", others));
}

/** Rows at these addresses. An address holds until its row is updated or compacted, then names nothing. */
export function rowIdIn(rowIds: readonly bigint[]): Predicate {
  return listOf("_rowid", "IN", rowIds);
}

/** The start of a text column, cast to a type that Arrow can read. */
export function firstCharacters(column: string, count: number): string {
  return `cast(left(${column}, ${Math.trunc(count)}) as string)`;
}

/**
 * Addresses, fragment by fragment; those of one fragment in parts that LanceDB reads as one batch, or in
 * halves if they are as few. Pure.
 */
export function smallerParts(rowIds: readonly bigint[]): readonly (readonly bigint[])[] {
  const fragments = [...Map.groupBy(rowIds, (rowId) => rowId >> 32n).values()];
  if (fragments.length > 1) return fragments;
  return [...chunks(rowIds, Math.min(BATCH_ROWS, Math.ceil(rowIds.length / 2)))];
}

/** Rows of one fragment: an address is the fragment number and the row's place in it. */
export function fragmentRange(fragment: number): Predicate {
  const first = BigInt(fragment) << 32n;
  return rowIdsBetween(first, first + (1n << 32n) - 1n);
}

/** Both ends included. LanceDB reads only the fragments of these addresses. */
export function rowIdsBetween(first: bigint, last: bigint): Predicate {
  return `_rowid >= ${first} AND _rowid <= ${last}` as Predicate;
}

export function all(...parts: readonly (Predicate | undefined)[]): Predicate {
  return join("AND", parts, "true");
}

export function any(...parts: readonly (Predicate | undefined)[]): Predicate {
  return join("OR", parts, "false");
}

/** A value as SQL. Backslashes are literal in this dialect; a quote is doubled. */
export function quoteLiteral(value: Literal): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new TypeError(`a number in a filter must be a safe integer, got ${value}`);
  }
  if (["number", "bigint", "boolean"].includes(typeof value)) return String(value);
  // An object's text would enter the SQL unquoted.
  throw new TypeError(
    `a value in a filter must be text, a number, true, false or null, got ${typeof value}`,
  );
}

/** A regular expression for a key and its value in JSON text. Ids have nothing that JSON must escape. */
function jsonText(key: string, texts: readonly string[]): string {
  const [name, ...values] = [key, ...texts].map((part) => {
    if (/^[\w.:@-]+$/.test(part)) return part.replaceAll(".", "[.]");
    throw new TypeError(`text in JSON must be of A-Z a-z 0-9 . _ : @ - to be found, got ${part}`);
  });
  return `"${name}"\\s*:\\s*"(${values.join("|")})"`;
}

function quoteColumn(table: TableName, name: string): string {
  if (Object.hasOwn(columnsOf(table), name)) return name;
  throw new TypeError(`${table} has no column ${name}`);
}

function listOf(column: string, operator: "IN" | "NOT IN", values: readonly Literal[]): Predicate {
  if (values.length === 0) return (operator === "IN" ? "false" : "true") as Predicate;
  return `${column} ${operator} (${values.map(quoteLiteral).join(", ")})` as Predicate;
}

function join(
  operator: "AND" | "OR",
  parts: readonly (Predicate | undefined)[],
  empty: string,
): Predicate {
  const given = parts.filter((part) => part !== undefined);
  return (
    given.length === 0 ? empty : given.map((part) => `(${part})`).join(` ${operator} `)
  ) as Predicate;
}
