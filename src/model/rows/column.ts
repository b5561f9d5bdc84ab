/**
 * How a property of a row is stored, as an annotation on its schema. The annotation is a symbol, so
 * no JSON document shows it.
 */

import Type, { type TObject, type TSchema } from "typebox";

/**
 * What a column holds, whether it may be null in the table, and what a null reads as, in a column that
 * old or foreign rows leave out; without a `fallback` it reads as null.
 */
export type Column = TextColumn | NumberColumn | BoolColumn | JsonColumn;

interface TextColumn {
  readonly kind: "text";
  readonly isNullable: boolean;
  readonly fallback?: string;
}

/** Counters and times are Int64 if 32 bits could run out. */
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
  readonly fallback?: never;
}

/** Text that is parsed when it is read; `shape` is what it must parse to. */
interface JsonColumn {
  readonly kind: "json";
  readonly isNullable: true;
  readonly shape: "object" | "array";
  readonly fallback?: "[]" | "{}";
}

const annotation = Symbol("column");

export function text<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "text", isNullable: false });
}

export function int32<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "int32", isNullable: false });
}

export function int64<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "int64", isNullable: false });
}

/** A time of a table that anybody writes. */
export function foreignTime<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "int64", isNullable: false, fallback: 0, isTime: true });
}

/** A null counts as false. */
export function bool<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "bool", isNullable: false });
}

/** An array or an object; a null reads as an empty one. */
export function json<T extends TSchema>(schema: T): T {
  return Type.IsArray(schema)
    ? stored(schema, { kind: "json", isNullable: true, shape: "array", fallback: "[]" })
    : stored(schema, { kind: "json", isNullable: true, shape: "object", fallback: "{}" });
}

/** May be null, in the table and in the row. */
export function orNull<T extends TSchema>(column: T) {
  const { fallback: _none, ...rest } = columnOf(column);
  return stored(Type.Union([column, Type.Null()]), { ...rest, isNullable: true } as Column);
}

/** May be null in the table, which reads as `fallback`. */
export function orElse<T extends TSchema>(column: T, fallback: string | number): T {
  return stored(column, { ...columnOf(column), isNullable: true, fallback } as Column);
}

/** Must be there, and reads as `""` if another program has made the table with columns that may be null. */
export function foreignText<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "text", isNullable: false, fallback: "" });
}

/** The columns of a row, in its order. */
export function columnsIn(row: TObject): Readonly<Record<string, Column>> {
  return Object.fromEntries(
    Object.entries(row.properties).map(([name, schema]) => [name, columnOf(schema)]),
  );
}

function stored<T extends TSchema>(schema: T, column: Column): T {
  return Type.With(schema, { [annotation]: column }) as unknown as T;
}

function columnOf(schema: TSchema): Column {
  return (schema as unknown as { readonly [annotation]: Column })[annotation];
}
