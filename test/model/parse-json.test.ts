/** JSON text from outside. */

import { expect, test } from "vitest";
import { parseJson, parseJsonObject } from "../../src/model/parse-json.ts";

test("text that is not JSON has no value, and null has one", () => {
  expect(["", "{", "undefined", "NaN", "{'a':1}"].map(parseJson)).toEqual(Array(5).fill(undefined));
  expect(parseJson("null")).toBeNull();
  expect(parseJson('[1,"a"]')).toEqual([1, "a"]);
});

test("only an object in JSON text is an object", () => {
  expect(["null", "[]", "1", '"a"', "true", "{"].map(parseJsonObject)).toEqual(
    Array(6).fill(undefined),
  );
  expect(parseJsonObject('{"a":{"b":1}}')).toEqual({ a: { b: 1 } });
});
