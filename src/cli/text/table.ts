/**
 * Tables of text that fit the width they are given, wide characters included. Pure. By hand, because no
 * package leaves out optional columns and keeps ids whole.
 */

import { cutText } from "../../model/cut-text.ts";
import { cutToWidth, plainLine, widthOf } from "./plain-text.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: "right";
  /** Always as wide as this, whatever its cells are; otherwise as the widest of them. */
  readonly width?: number;
  /** The column may be cut down to this width; without it its text is never cut. */
  readonly widthMin?: number;
  /** On a narrow terminal it may be cut down to this one before columns are left out. */
  readonly widthLeast?: number;
  /** Below this width optional columns are left out first. */
  readonly widthGood?: number;
  /** True for what one copies: it is never cut where the table goes to a file or a program. */
  readonly isId?: true;
  /** Left out if there is no room for it; the last such column goes first. */
  readonly isOptional?: true;
  /** Colours a cell; it must not change its width. */
  readonly paint?: (text: string, row: Row) => string;
}

export interface TableLook {
  /** Columns of the terminal. Whole cells go before fitting, see {@link Column.widthMin}. */
  readonly width: number;
  readonly paintTitle: (text: string) => string;
}

/** Longest text of a cell that is looked at, in characters: results may be long. */
const CELL_TEXT_MAX = 1_000;
const GAP = "  ";
/** Below this width of the terminal whatever is longer than that is cut or left out. */
const NARROW = 60;
/** Columns that are never left out. */
const COLUMNS_MIN = 2;

/** Lines of the table, its head first; the columns that fit, in the order given. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  look: TableLook,
): readonly string[] {
  const measured = columns.map((column) => measure(column, rows));
  const shown = fitColumns(measured, look.width);
  const head = shown.map(({ column, width }) => {
    const title = cutToWidth(column.title, width);
    return fill(title, column, width, look.paintTitle);
  });
  const body = rows.map((row, index) =>
    shown.map(({ column, cells, width }) => {
      const text = cutToWidth(cells[index] ?? "", width);
      return fill(text, column, width, (cell) => column.paint?.(cell, row) ?? cell);
    }),
  );
  return [head, ...body].map((cells) => cells.join(GAP).trimEnd());
}

interface MeasuredColumn<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  width: number;
}

function measure<Row>(column: Column<Row>, rows: readonly Row[]): MeasuredColumn<Row> {
  const cells = rows.map((row) => plainLine(cutText(column.cell(row), CELL_TEXT_MAX)));
  const widths = cells.map(widthOf);
  return { column, cells, width: column.width ?? Math.max(widthOf(column.title), ...widths) };
}

/** Leaves out what is optional until the rest fits well, then cuts the widest columns. */
function fitColumns<Row>(
  measured: readonly MeasuredColumn<Row>[],
  width: number,
): readonly MeasuredColumn<Row>[] {
  const shown = [...measured];
  while (totalWidth(shown.map(goodWidth)) > width) {
    const index = shown.findLastIndex(({ column }) => column.isOptional === true);
    if (index === -1) break;
    shown.splice(index, 1);
  }
  shrink(shown, width, leastWidth);
  if (width >= NARROW) return shown;
  shrink(shown, width, narrowWidth);
  while (shown.length > COLUMNS_MIN && excessOf(shown, width) > 0) shown.pop();
  return shown;
}

/** Cuts the widest column that is above its least width, again and again. */
function shrink<Row>(
  shown: readonly MeasuredColumn<Row>[],
  width: number,
  least: (measured: MeasuredColumn<Row>) => number,
): void {
  for (let excess = excessOf(shown, width); excess > 0; excess -= 1) {
    const widest = shown
      .filter((each) => each.width > least(each))
      .reduce<MeasuredColumn<Row> | undefined>(
        (most, each) => (most === undefined || each.width > most.width ? each : most),
        undefined,
      );
    if (widest === undefined) break;
    widest.width -= 1;
  }
}

function excessOf<Row>(shown: readonly MeasuredColumn<Row>[], width: number): number {
  return totalWidth(shown.map((each) => each.width)) - width;
}

/** Of a column of figures the title is cut alone: a figure that is cut is another one. */
function narrowWidth<Row>({ column, cells, width }: MeasuredColumn<Row>): number {
  const whole = column.align === "right" ? Math.max(1, ...cells.map(widthOf)) : width;
  return Math.min(width, column.widthLeast ?? column.widthMin ?? whole);
}

function leastWidth<Row>({ column, width }: MeasuredColumn<Row>): number {
  return Math.min(width, column.widthMin ?? width);
}

function goodWidth<Row>(measured: MeasuredColumn<Row>): number {
  return Math.max(leastWidth(measured), Math.min(measured.width, measured.column.widthGood ?? 0));
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, 0) + GAP.length * Math.max(0, widths.length - 1);
}

/** Colours are added once the width is known, and to the text only, not to its padding. */
function fill<Row>(
  text: string,
  column: Column<Row>,
  width: number,
  paint: (text: string) => string,
): string {
  const room = " ".repeat(Math.max(0, width - widthOf(text)));
  const painted = text === "" ? "" : paint(text);
  return column.align === "right" ? room + painted : painted + room;
}
