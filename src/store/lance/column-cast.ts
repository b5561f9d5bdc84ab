/**
 * Casts of a foreign program's columns to ours: programs in other languages have more kinds of text and
 * numbers than the declared columns.
 */

import type { Column } from "../../model/rows/column.ts";
import { DataType } from "./arrow.ts";
import { arrowTypeOf, sqlTypeOf } from "./columns.ts";

/** `same` needs no cast, `no` has none. */
export type Fit = "same" | "cast" | "no";

/** Compares only the name and kind of the table's type. */
export function fitOf(column: Column, type: DataType): Fit {
  if (String(type) === String(arrowTypeOf(column))) return "same";
  const isNull = DataType.isNull(type);
  switch (column.kind) {
    case "text":
    case "json":
      return isNull || isTextual(type) ? "cast" : "no";
    case "int32":
    case "int64":
      return isNull || isNumeric(type) ? "cast" : "no";
    case "bool":
      return isNull || DataType.isInt(type) ? "cast" : "no";
  }
}

/** SQL that casts the column to ours. A value that ours cannot hold, such as NaN, becomes null. */
export function castOf(name: string, column: Column): string {
  return `try_cast(${quoteIdentifier(name)} as ${sqlTypeOf(column)})`;
}

/** Any column's name in LanceDB's SQL. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function isTextual(type: DataType): boolean {
  if (DataType.isDictionary(type)) return isTextual(type.dictionary);
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type);
}

/** Fractions too: pandas makes them of whole numbers with gaps, and JavaScript of all numbers. */
function isNumeric(type: DataType): boolean {
  return (
    DataType.isInt(type) ||
    DataType.isFloat(type) ||
    DataType.isDecimal(type) ||
    DataType.isTimestamp(type)
  );
}
