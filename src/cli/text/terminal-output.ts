/**
 * What the program prints: data on stdout, messages on stderr, each write a whole line.
 * Colours go to a terminal only, and not where NO_COLOR is set; Node looks at both.
 */

import { type InspectColor, styleText } from "node:util";
import type { ErrorData } from "../../model/error-data.ts";
import { TroupeError } from "../../model/errors.ts";
import { wellFormedJson } from "../../model/json-bounds.ts";
import type { ListPage } from "../../model/list-page.ts";
import { UsageError } from "../exit-codes.ts";
import { type Field, renderFields } from "./fields.ts";
import { plainLine, plainLines } from "./plain-text.ts";
import { type Column, renderTable } from "./table.ts";

export type OutputFormat = "text" | "json";

export interface OutputOptions {
  readonly output: OutputFormat;
}

/** Columns of a table that does not go to a terminal. */
const WIDTH_ELSEWHERE = 120;

/** Characters that JSON leaves as they are and a terminal obeys. */
const OBEYED = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line of data. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line for whoever watches, on stderr. */
export function note(line: string): void {
  process.stderr.write(`${plainLine(line)}\n`);
}

/** A value as JSON that a person can read, too. */
export function printJson(value: unknown): void {
  print(jsonText(value, 2));
}

/** A value as JSON on one line, for streams of them. */
export function jsonLine(value: unknown): string {
  return jsonText(value);
}

export function printFields(fields: readonly Field[]): void {
  for (const line of renderFields(fields, (name) => paint("bold", name))) print(line);
}

/** One page of a list, in the format asked for; as text with a note on how to get the next one. */
export function printPage<Row>(
  page: ListPage<Row>,
  columns: readonly Column<Row>[],
  { output }: OutputOptions,
): void {
  if (output === "json") {
    printJson(page);
    return;
  }
  if (page.items.length === 0) note("nothing to list");
  else printTable(columns, page.items);
  if (page.next_cursor !== null) note(`there is more: --cursor ${page.next_cursor}`);
}

export function printTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const { isTTY, columns: terminalWidth } = process.stdout;
  const look = {
    // Some terminals do not say how wide they are.
    width: (isTTY && terminalWidth) || WIDTH_ELSEWHERE,
    paintTitle: (text: string) => paint("bold", text),
  };
  for (const line of renderTable(isTTY ? columns : columns.map(uncut), rows, look)) print(line);
}

/** Colours text that goes to stdout. */
export function paint(style: InspectColor, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Prints a command's error. An error that is not one of ours is printed with its stack. */
export function printError(thrown: unknown): void {
  if (thrown instanceof TroupeError) note(errorLine(thrown));
  else if (thrown instanceof UsageError) note(`troupe: ${thrown.message}`);
  else process.stderr.write(`troupe: INTERNAL: ${plainLines(stackOf(thrown))}\n`);
}

/** `troupe: AGENT_UNKNOWN: no agent …` */
export function errorLine(error: Pick<ErrorData, "code" | "message">): string {
  return `troupe: ${error.code}: ${error.message}`;
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

function uncut<Row>(column: Column<Row>): Column<Row> {
  const { widthMin: _, widthLeast: _least, ...rest } = column;
  return column.isId === true ? rest : column;
}

function jsonText(value: unknown, indent?: number): string {
  const text = wellFormedJson(JSON.stringify(value, undefined, indent));
  return text.replace(OBEYED, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${code}`;
  });
}
