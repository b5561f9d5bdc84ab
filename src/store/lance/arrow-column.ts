/**
 * Builds one Arrow column of encoded cells. Rejected: Arrow's builders, which go cell by cell and take
 * longer than LanceDB's append of the rows.
 */

import type { Column } from "../../model/rows/column.ts";
import { Bool, type Data, Int32, Int64, makeData, Utf8 } from "./arrow.ts";
import type { Literal } from "./predicate.ts";

type Cells = readonly Literal[];

export function buildColumn({ kind }: Column, cells: Cells): Data {
  const common = { length: cells.length, ...markNulls(cells) };
  switch (kind) {
    case "text":
    case "json":
      return makeData({ type: new Utf8(), ...common, ...encodeTexts(cells) });
    case "bool":
      return makeData({
        type: new Bool(),
        ...common,
        data: toBits(cells, (cell) => cell === true),
      });
    case "int32":
      return makeData({ type: new Int32(), ...common, data: Int32Array.from(cells, Number) });
    case "int64":
      return makeData({ type: new Int64(), ...common, data: BigInt64Array.from(cells, toBigInt) });
  }
}

function toBigInt(cell: Literal): bigint {
  return BigInt(Number(cell));
}

/** A set bit means a value. Without nulls Arrow needs no bitmap. */
function markNulls(cells: Cells): { nullCount: number; nullBitmap: Uint8Array | undefined } {
  const nullCount = cells.reduce((sum: number, cell) => sum + (cell === null ? 1 : 0), 0);
  if (nullCount === 0) return { nullCount, nullBitmap: undefined };
  return { nullCount, nullBitmap: toBits(cells, (cell) => cell !== null) };
}

function toBits(cells: Cells, isSet: (cell: Literal) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(cells.length / 8));
  cells.forEach((cell, n) => {
    if (isSet(cell)) bits[n >> 3] = (bits[n >> 3] ?? 0) | (1 << (n & 7));
  });
  return bits;
}

/** All texts one after the other, and the offset of each. */
function encodeTexts(cells: Cells): { data: Uint8Array; valueOffsets: Int32Array } {
  const all = cells.join("");
  const data = new TextEncoder().encode(all);
  // As many bytes as characters: everything is ASCII, and no text must be measured.
  const isAscii = data.length === all.length;
  const valueOffsets = new Int32Array(cells.length + 1);
  let end = 0;
  cells.forEach((cell, n) => {
    const text = cell === null ? "" : String(cell);
    end += isAscii ? text.length : Buffer.byteLength(text);
    valueOffsets[n + 1] = end;
  });
  return { data, valueOffsets };
}
