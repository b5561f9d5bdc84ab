/**
 * The column of a property of a row, as an annotation on its schema. The annotation is a symbol, so
 * no JSON document shows it.
 */

import Type, { type TArray, type TEnum, type TObject, type TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import { INT32_READ_MAX, INT64_READ_MAX } from "../limits.ts";

/**
 * The kind of a column, whether it may be null in the table, and the value that replaces a null of old
 * or foreign rows; without a `fallback` it stays null.
 */
export type Column = TextColumn | NumberColumn | BoolColumn | JsonColumn;

export interface TextColumn {
  readonly kind: "text";
  readonly isNullable: boolean;
  readonly fallback?: string;
  /** The texts that it may have, and what replaces any other. */
  readonly choice?: { readonly known: readonly string[]; readonly other: string | null };
}

/** Counters and times are Int64 if 32 bits could run out. */
export interface NumberColumn {
  readonly kind: "int32" | "int64";
  readonly isNullable: boolean;
  readonly fallback?: number;
  /** A time that other programs write, perhaps in another unit. */
  readonly isTime?: true;
  /** The least and the greatest number that it may have. */
  readonly min: number;
  readonly max: number;
}

interface BoolColumn {
  readonly kind: "bool";
  readonly isNullable: false;
  readonly fallback?: never;
}

/** Text that is parsed, when it is read, into a value of this `shape`. */
export interface JsonColumn {
  readonly kind: "json";
  readonly isNullable: true;
  readonly shape: "object" | "array";
  readonly fallback?: "[]" | "{}";
  /** Makes the value of the row from the text, which is not parsed before. It calls `onDamaged` if it is damaged. */
  readonly hold?: (text: string, onDamaged?: OnDamaged) => HeldJson;
  /** What of a value of this shape the row may have: fewer parts, or undefined for nothing. */
  readonly keep?: (value: unknown) => unknown;
  /** It may hold secrets, which no report of damage may show. */
  readonly isSecret?: true;
}

/** @param isPart true if something of the value could be used */
export type OnDamaged = (text: string, isPart: boolean) => void;

/** JSON that keeps its text, or can make it again. */
export interface HeldJson {
  readonly text: string;
}

const annotation = Symbol("column");

export function text<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "text", isNullable: false });
}

export function int32<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "int32", isNullable: false, ...rangeOf(schema, INT32_READ_MAX) });
}

export function int64<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "int64", isNullable: false, ...rangeOf(schema, INT64_READ_MAX) });
}

/** A time in a table that other programs write. */
export function foreignTime<T extends TSchema>(schema: T): T {
  const range = rangeOf(schema, INT64_READ_MAX);
  return stored(schema, { kind: "int64", isNullable: false, fallback: 0, isTime: true, ...range });
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

/** As {@link json}; but rows have what `hold` makes of the text. */
export function held<T extends TSchema>(schema: T, hold: JsonColumn["hold"]): T {
  const column = json(schema);
  return stored(column, { ...columnOf(column), hold } as Column);
}

/**
 * As {@link json}, for values that the program takes apart although any program may have written them: elements
 * of a list that do not fit the schema are left out, and an object that does not fit is read as empty.
 */
export function checkedJson<T extends TSchema>(schema: T): T {
  const column = json(schema);
  const part = Type.IsArray(schema) ? (schema as unknown as TArray).items : schema;
  let validator: Validator | undefined;
  const fits = (value: unknown) => {
    validator ??= Compile(part);
    return validator.Check(value);
  };
  const keep = (value: unknown) => {
    if (!Array.isArray(value)) return fits(value) ? value : undefined;
    return value.every(fits) ? value : value.filter(fits);
  };
  return stored(column, { ...columnOf(column), keep } as Column);
}

/** As {@link json}, of which rows have what `keep` leaves of the object, and no log has any of it. */
export function secretJson<T extends TSchema>(
  schema: T,
  keep: (value: Readonly<Record<string, unknown>>) => unknown,
): T {
  const column = json(schema);
  return stored(column, { ...columnOf(column), keep, isSecret: true } as Column);
}

/** Text of which any other than these reads as `other`; null is for a column that may be null. */
export function oneOf<T extends string[]>(
  values: readonly [...T],
  other: T[number] | null,
): TEnum<T> {
  const schema = Type.Enum([...values]) as TEnum<T>;
  return stored(schema, { kind: "text", isNullable: false, choice: { known: values, other } });
}

/** May be null, in the table and in the row. */
export function orNull<T extends TSchema>(column: T) {
  const { fallback: _none, ...rest } = columnOf(column);
  return stored(Type.Union([column, Type.Null()]), { ...rest, isNullable: true } as Column);
}

/** May be null in the table, and reads as `fallback` then. */
export function orElse<T extends TSchema>(column: T, fallback: string | number): T {
  return stored(column, { ...columnOf(column), isNullable: true, fallback } as Column);
}

/** Required, but reads as `""` if another program has made the table with nullable columns. */
export function foreignText<T extends TSchema>(schema: T): T {
  return stored(schema, { kind: "text", isNullable: false, fallback: "" });
}

/** The columns of a row, in its order. */
export function columnsIn(row: TObject): Readonly<Record<string, Column>> {
  return Object.fromEntries(
    Object.entries(row.properties).map(([name, schema]) => [name, columnOf(schema)]),
  );
}

function rangeOf(schema: { readonly minimum?: number; readonly maximum?: number }, most: number) {
  const { minimum: min = -most, maximum: max = most } = schema;
  return { min, max };
}

function stored<T extends TSchema>(schema: T, column: Column): T {
  return Type.With(schema, { [annotation]: column }) as unknown as T;
}

function columnOf(schema: TSchema): Column {
  return (schema as unknown as { readonly [annotation]: Column })[annotation];
}
