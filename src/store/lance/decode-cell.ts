/**
 * The value of one cell. Cells that no Troupe wrote are read as empty and reported: one bad cell must not hide
 * the rest of a list, or end a start.
 */

import { cutText } from "../../model/cut-text.ts";
import { isObject, parseJson } from "../../model/parse-json.ts";
import type { Column, JsonColumn, NumberColumn, TextColumn } from "../../model/rows/column.ts";
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
      return cell === null ? (column.fallback ?? null) : decodeText(column, String(cell), place);
    case "bool":
      return cell === true;
    case "int32":
    case "int64":
      return cell === null ? (column.fallback ?? null) : decodeNumber(column, cell, place);
    case "json":
      return decodeJson(column, cell, place);
  }
}

function decodeText({ choice }: TextColumn, text: string, place: Place): string {
  if (choice === undefined || choice.known.includes(text)) return text;
  report(place, text, `should be one of ${choice.known.join(", ")}; read as ${choice.other}`);
  return choice.other;
}

/** Numbers of other programs are checked, and refused, by those that use them. */
function decodeNumber(column: NumberColumn, cell: unknown, place: Place): number | null {
  const number = column.isTime === true ? plausibleMs(Number(cell)) : Number(cell);
  const { min = Number.MIN_SAFE_INTEGER, fallback, isNullable } = column;
  if (isShared(place.table) || (Number.isSafeInteger(number) && number >= min)) return number;
  const least = column.min ?? "-2^53";
  report(place, String(cell), `should be a whole number from ${least} to 2^53; read as empty`);
  return fallback ?? (isNullable ? null : 0);
}

/** Milliseconds from the seconds, microseconds or nanoseconds that foreign writers may use. */
export function plausibleMs(time: number): number {
  const size = Math.abs(time);
  if (size >= 1e17) return Math.trunc(time / 1e6);
  if (size >= 1e14) return Math.trunc(time / 1e3);
  return size >= 1e9 && size < 1e10 ? Math.trunc(time * 1e3) : time;
}

function decodeJson(column: JsonColumn, cell: unknown, place: Place): unknown {
  const empty = () => (column.fallback === undefined ? null : readJson(column, column.fallback));
  if (cell === null) return empty();
  const value = readJson(column, String(cell));
  const fitting = column.keep === undefined ? value : column.keep(value);
  if (fitting === value && value !== undefined) return value;
  const isPart = fitting !== undefined;
  const remains = isPart ? "elements that are of another kind are left out" : "read as empty";
  report(place, String(cell), `should hold JSON (${column.shape}); ${remains}`);
  return fitting ?? empty();
}

function report({ table, name, log }: Place, cell: string, what: string): void {
  const excerpt = cutText(cell, 60);
  log.warn({ table, column: name, excerpt }, `${table}.${name} ${what}`);
}

const ends = { array: ["[", "]"], object: ["{", "}"] } as const;

/** Undefined for text that is not JSON of the column's shape. Of text that is held only the ends are looked at. */
function readJson({ hold, shape }: JsonColumn, text: string): unknown {
  if (hold !== undefined) {
    const [first, last] = ends[shape];
    const whole = text.trim();
    return whole.startsWith(first) && whole.endsWith(last) ? hold(text) : undefined;
  }
  const value = parseJson(text);
  return value !== undefined && hasShape(value, shape) ? value : undefined;
}

function hasShape(value: unknown, shape: "object" | "array"): boolean {
  return shape === "array" ? Array.isArray(value) : isObject(value);
}
