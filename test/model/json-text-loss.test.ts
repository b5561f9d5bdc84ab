/** What JSON text says and its value lacks is found, with its place; texts without a loss pass. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { findTextLoss } from "../../src/model/json-text-loss.ts";

const find = (text: string) => findTextLoss(text, JSON.parse(text), "body");

test.each([
  ['{"a":1,"a":2}', 'body must have the name "a" only once'],
  ['{"a":[0,{"b":1, "\\u0062" : 2}]}', 'body.a.1 must have the name "b" only once'],
  [
    '{"v":9007199254740993}',
    "body.v must be a number that a double holds, or text, got one of 16 digits, which would be rounded",
  ],
  [
    '[1,{"ids":["x",-12345678901234567890]}]',
    "body.1.ids.1 must be a number that a double holds, or text, got one of 20 digits, which would be rounded",
  ],
])("%s is refused", (text, fault) => {
  expect(find(text)).toBe(fault);
});

test.each([
  '{"a":{"a":1},"b":[{"a":1},{"a":1}]}',
  String.raw`{"a\\":1,"a\"":"\":","c":"\"a\":"}`,
  '{"v":9007199254740992,"w":1e300,"x":0.12345678901234567890,"y":-0,"z":"12345678901234567890"}',
  '{"v":12345678901234567000,"w":100000000000000000000}',
  '{"v":-100000000000000000000000,"w":123400000000000000000000000,"x":99999999999999991611392}',
  "5",
  '"a"',
  "[]",
])("%s has no loss", (text) => {
  expect(find(text)).toBeUndefined();
});

test("no text that JSON.stringify has made has a loss", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1), (value, space) => {
      expect(find(JSON.stringify(value, undefined, space))).toBeUndefined();
    }),
  );
});
