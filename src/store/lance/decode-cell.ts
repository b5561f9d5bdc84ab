/**
 * The value of one cell. Cells that no Troupe wrote are read as empty and reported: one bad cell must not hide
 * the rest of a list, or end a start.
 */

import { cutText } from "../../model/cut-text.ts";
import { isObject, parseJson } from "../../model/parse-json.ts";
import { plausibleMs } from "../../model/plausible-ms.ts";
import type {
  Column,
  JsonColumn,
  NumberColumn,
  OnDamaged,
  TextColumn,
} from "../../model/rows/column.ts";
import type { StoreLog } from "../store-log.ts";
import { isShared, type TableName } from "./columns.ts";

/** The column of a cell, and where to report that a cell is damaged. */
export interface Place {
  readonly table: TableName;
  readonly name: string;
  readonly log: StoreLog;
}

export function decodeCell(column: Column, cell: unknown, place: Place): unknown {
  switch (column.kind) {
    case "text":
      return cell === null ? ofNull(column, place) : decodeText(column, String(cell), place);
    case "bool":
      return cell === true;
    case "int32":
    case "int64":
      return cell === null ? ofNull(column, place) : decodeNumber(column, cell, place);
    case "json":
      return decodeJson(column, cell, place);
  }
}

/** A null is only in a column of ours that must have none if another program has made the table. */
function ofNull(column: TextColumn | NumberColumn, place: Place): unknown {
  if (column.isNullable || column.fallback !== undefined) return column.fallback ?? null;
  report(place, "null", "must not be null; read as empty");
  return emptyOf(column);
}

function emptyOf(column: TextColumn | NumberColumn): unknown {
  if (column.fallback !== undefined) return column.fallback;
  if (column.isNullable) return null;
  return column.kind === "text" ? (column.choice?.other ?? "") : 0;
}

function decodeText({ choice }: TextColumn, text: string, place: Place): string | null {
  if (choice === undefined || choice.known.includes(text)) return text;
  const other = choice.other ?? "empty";
  report(place, text, `should be one of ${choice.known.join(", ")}; read as ${other}`);
  return choice.other;
}

/** Numbers of other programs are checked, and refused, by those that use them. */
function decodeNumber(column: NumberColumn, cell: unknown, place: Place): unknown {
  const number = column.isTime === true ? plausibleMs(Number(cell)) : Number(cell);
  const { min, max } = column;
  const isFit = Number.isSafeInteger(number) && number >= min && number <= max;
  if (isFit) return number;
  // As a start casts the numbers of such a table.
  if (isShared(place.table)) return Number.isFinite(number) ? Math.trunc(number) : emptyOf(column);
  report(place, String(cell), `should be a whole number from ${min} to ${max}; read as empty`);
  return emptyOf(column);
}

function decodeJson(column: JsonColumn, cell: unknown, place: Place): unknown {
  const empty = () => (column.fallback === undefined ? null : readJson(column, column.fallback));
  if (cell === null) return empty();
  const onDamaged: OnDamaged = (text, isPart) => {
    const remains = isPart ? "parts that are of another kind are left out" : "read as empty";
    report(
      place,
      column.isSecret === true ? "" : text,
      `should hold JSON (${column.shape}); ${remains}`,
    );
  };
  const value = readJson(column, String(cell), onDamaged);
  const { keep } = column;
  const fitting = keep === undefined || value === undefined ? value : keep(value);
  if (fitting === value && value !== undefined) return value;
  onDamaged(String(cell), fitting !== undefined);
  return fitting ?? empty();
}

function report({ table, name, log }: Place, cell: string, what: string): void {
  const excerpt = cutText(cell, 60);
  log.warn({ table, column: name, excerpt }, `${table}.${name} ${what}`);
}

const ends = { array: ["[", "]"], object: ["{", "}"] } as const;

/** Undefined for text that is not JSON of the column's shape. Of text that is held only the ends are looked at. */
function readJson({ hold, shape }: JsonColumn, text: string, onDamaged?: OnDamaged): unknown {
  if (hold !== undefined) {
    const [first, last] = ends[shape];
    const whole = text.trim();
    return whole.startsWith(first) && whole.endsWith(last) ? hold(text, onDamaged) : undefined;
  }
  const value = parseJson(text);
  return value !== undefined && hasShape(value, shape) ? value : undefined;
}

function hasShape(value: unknown, shape: "object" | "array"): boolean {
  return shape === "array" ? Array.isArray(value) : isObject(value);
}
