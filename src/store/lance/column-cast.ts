/**
 * What a foreign program's column can be made into ours by: programs in other languages have more
 * kinds of text and numbers than the declared columns have.
 */

import { DataType } from "apache-arrow";
import { arrowTypeOf, type Column, sqlTypeOf } from "./columns.ts";

/** `same` needs nothing, `no` cannot be used. */
export type Fit = "same" | "cast" | "no";

/** The type as it came with the table; only its name and kind are looked at. */
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

/** SQL that makes the column ours. */
export function castOf(name: string, column: Column): string {
  return `cast(${quoteIdentifier(name)} as ${sqlTypeOf(column)})`;
}

/** A column's name in LanceDB's SQL, whoever named it. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function isTextual(type: DataType): boolean {
  if (DataType.isDictionary(type)) return isTextual(type.dictionary);
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type);
}

/** Not fractions: what a client made without a schema is told instead of guessed. */
function isNumeric(type: DataType): boolean {
  return DataType.isInt(type) || DataType.isTimestamp(type);
}
