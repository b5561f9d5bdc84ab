/** Which columns of other programs can be read as ours. */

import {
  Binary,
  Bool,
  type DataType,
  Decimal,
  Dictionary,
  Float64,
  Int8,
  Int32,
  Int64,
  LargeUtf8,
  Null,
  TimestampMicrosecond,
  Uint64,
  Utf8,
} from "apache-arrow";
import { expect, test } from "vitest";
import type { Column } from "../../../src/model/rows/column.ts";
import { castOf, fitOf, quoteIdentifier } from "../../../src/store/lance/column-cast.ts";

const text: Column = { kind: "text", isNullable: false };
const json: Column = { kind: "json", isNullable: true, shape: "object" };
const int32: Column = { kind: "int32", isNullable: false, min: 0, max: 1 };
const int64: Column = { kind: "int64", isNullable: false, min: 0, max: 1 };
const bool: Column = { kind: "bool", isNullable: false };

const types: Readonly<Record<string, DataType>> = {
  text: new Utf8(),
  long: new LargeUtf8(),
  words: new Dictionary(new Utf8(), new Int32()),
  codes: new Dictionary(new Int64(), new Int32()),
  tiny: new Int8(),
  int: new Int32(),
  bigint: new Int64(),
  unsigned: new Uint64(),
  time: new TimestampMicrosecond(),
  fraction: new Float64(),
  money: new Decimal(0, 20, 128),
  truth: new Bool(),
  bytes: new Binary(),
  nothing: new Null(),
};

/** Names of the types that need no cast, and of those that have one. */
function fitting(column: Column) {
  const named = (fit: string) =>
    Object.keys(types).filter((name) => fitOf(column, types[name] as DataType) === fit);
  const [same, cast, no] = [named("same"), named("cast"), named("no")];
  expect(new Set([...same, ...cast, ...no])).toEqual(new Set(Object.keys(types)));
  return { same, cast };
}

test("texts of all kinds are text", () => {
  const texts = { same: ["text"], cast: ["long", "words", "nothing"] };
  expect([fitting(text), fitting(json)]).toEqual([texts, texts]);
});

test("numbers of all kinds and times are numbers", () => {
  expect(fitting(int32)).toEqual({
    same: ["int"],
    cast: ["tiny", "bigint", "unsigned", "time", "fraction", "money", "nothing"],
  });
  expect(fitting(int64)).toEqual({
    same: ["bigint"],
    cast: ["tiny", "int", "unsigned", "time", "fraction", "money", "nothing"],
  });
});

test("whole numbers are truth values, and fractions and times are not", () => {
  expect(fitting(bool)).toEqual({
    same: ["truth"],
    cast: ["tiny", "int", "bigint", "unsigned", "nothing"],
  });
});

test("a cast names the column and its kind, and no name gets out of its quotes", () => {
  const casts = [text, json, int32, int64, bool].map((column) => castOf("a", column));
  expect(casts).toEqual(
    ["string", "string", "int", "bigint", "boolean"].map((type) => `try_cast(\`a\` as ${type})`),
  );
  expect(quoteIdentifier("a`b``; --")).toBe("`a``b````; --`");
});
