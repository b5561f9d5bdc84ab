/** What JSON from outside may be, and what becomes of the rest. */

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  findJsonFault,
  isTooDeep,
  JSON_DEPTH_MAX,
  jsonText,
  wellFormedJson,
} from "../../src/model/json-bounds.ts";

/** So many arrays around a number. */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let n = 0; n < depth; n += 1) value = [value];
  return value;
}

test("JSON data of every kind passes as it is", () => {
  // One key is refused, see below.
  const data = fc
    .jsonValue({ noUnicodeString: false })
    .filter((value) => !jsonText(value).includes("__proto__"));
  fc.assert(
    fc.property(data, (value) => {
      const read: unknown = JSON.parse(jsonText(value));
      expect(findJsonFault(read, "value")).toBeUndefined();
    }),
  );
});

test("data is taken as deep as the bound, and no deeper, however deep it is", () => {
  expect(findJsonFault(nested(JSON_DEPTH_MAX), "value")).toBeUndefined();
  for (const depth of [JSON_DEPTH_MAX + 1, 5_000, 100_000]) {
    expect(findJsonFault(nested(depth), "value")).toBe(
      "value.0.0.0.0.0.0.0… is nested deeper than 100",
    );
    expect(isTooDeep(JSON.stringify(nested(depth)))).toBe(true);
  }
  expect(isTooDeep(JSON.stringify(nested(JSON_DEPTH_MAX)))).toBe(false);
  const last = Array.from({ length: JSON_DEPTH_MAX }).reduce<unknown>((value) => [value], 1n);
  expect(findJsonFault(last, "value")).toMatch(/ must be JSON data, got bigint$/);
});

test("brackets in text nest nothing", () => {
  expect(isTooDeep(JSON.stringify(["[{".repeat(500), '"[\\'.repeat(500)]))).toBe(false);
});

test("a value that holds itself or is shared many times over is refused soon", () => {
  const circle: Record<string, unknown> = {};
  for (const key of ["a", "b", "c"]) circle[key] = circle;
  expect(findJsonFault(circle, "value")).toMatch(/is nested deeper than 100$/);
  let shared: unknown = "x";
  for (let n = 0; n < 60; n += 1) shared = { a: shared, b: shared };
  expect(findJsonFault(shared, "value", { charsMax: 1_000 })).toBe(
    "value must be at most 1000 bytes of JSON, got more",
  );
});

test.each([
  [{ a: Number.NaN }, "value.a must be finite, got NaN"],
  [JSON.parse('{"a":[1,1e999]}'), "value.a.1 must be finite, got Infinity"],
  [{ a: 1n }, "value.a must be JSON data, got bigint"],
  [{ a: new Map([[1, 2]]) }, "value.a must be JSON data, got Map"],
  [{ a: new Set([1]) }, "value.a must be JSON data, got Set"],
  [{ a: /x/ }, "value.a must be JSON data, got RegExp"],
  [{ a: new Uint8Array(3) }, "value.a must be JSON data, got Uint8Array"],
  [{ a: Promise.resolve(1) }, "value.a must be JSON data, got Promise"],
  [{ a: () => 1 }, "value.a must be JSON data, got function"],
  [{ a: Symbol("x") }, "value.a must be JSON data, got symbol"],
  // biome-ignore lint/suspicious/noSparseArray: this is what comes.
  [{ a: [1, , 2] }, "value.a.1 must be JSON data, got undefined"],
  [{ a: "\ud83d" }, "value.a must not have half a surrogate pair"],
  [{ a: { "\udc00": 1 } }, "value.a must not have half a surrogate pair in a key"],
  [JSON.parse('{"a":{"__proto__":{}}}'), "value.a must not have the key __proto__"],
  [{ constructor: { prototype: {} } }, "value must not have the key constructor"],
  [undefined, "value must be JSON data, got undefined"],
])("what JSON would change or lose is refused: %#", (value, fault) => {
  expect(findJsonFault(value, "value")).toBe(fault);
});

test("a text is counted to the character, with keys and nested values", () => {
  const value = { ab: ["c", true, null, 7], d: { e: "fgh" } };
  // Each value is one, each text and key what it is long.
  const weight = 1 + 2 + 1 + (1 + 1) + 3 + 1 + 1 + 1 + (1 + 3);
  expect(findJsonFault(value, "value", { charsMax: weight })).toBeUndefined();
  expect(findJsonFault(value, "value", { charsMax: weight - 1 })).toBe(
    `value must be at most ${weight - 1} bytes of JSON, got more`,
  );
  expect(findJsonFault("abc", "value", { charsMax: 4 })).toBeUndefined();
  expect(findJsonFault([7], "value", { charsMax: 2 })).toBeUndefined();
  expect(findJsonFault({ a: { prototype: 1 }, constructor: "a" }, "value")).toBeUndefined();
  expect(findJsonFault("abc", "value", { charsMax: 3 })).toMatch(/at most 3 bytes/);
  expect(findJsonFault([1, 2n], "value", { charsMax: 9 })).toMatch(/^value\.1 must be JSON data/);
  expect(findJsonFault([true, null, undefined, 1], "value")).toMatch(/^value\.2 must be JSON/);
});

test("halves of pairs pass if their reader mends them", () => {
  const halves = { "a\ud83d": "\ud83d" };
  expect(findJsonFault(halves, "value", { mayHaveHalves: true })).toBeUndefined();
  expect(findJsonFault([halves, 1n], "value", { mayHaveHalves: true })).toMatch(/^value\.1 must/);
});

test("a key that only resembles a prototype's passes", () => {
  const harmless = [{ constructor: null }, { constructor: "x" }, { constructor: { name: 1 } }];
  for (const value of harmless) expect(findJsonFault(value, "value")).toBeUndefined();
  const bare = Object.assign(Object.create(null), { a: 1 });
  expect(findJsonFault([bare, { ...harmless, late: 1n }], "value")).toMatch(/late must be JSON/);
});

test("JSON text is as deep as its brackets that are not in texts", () => {
  const deep = (depth: number, inside = "1") => "[".repeat(depth) + inside + "]".repeat(depth);
  expect(isTooDeep(deep(JSON_DEPTH_MAX, '"[[[\\"[[["'))).toBe(false);
  expect(isTooDeep(deep(JSON_DEPTH_MAX + 1))).toBe(true);
  expect(isTooDeep(`[${`${deep(60)},`.repeat(9)}{}]`)).toBe(false);
  expect(isTooDeep(`${'{"a":'.repeat(101)}1${"}".repeat(101)}`)).toBe(true);
});

test("a path in a message has eight parts at most, each cut", () => {
  const at = (depth: number, leaf: unknown): unknown =>
    depth === 0 ? leaf : { k: at(depth - 1, leaf) };
  expect(findJsonFault(at(7, 1n), "v")).toBe("v.k.k.k.k.k.k.k must be JSON data, got bigint");
  expect(findJsonFault(at(8, 1n), "v")).toBe("v.k.k.k.k.k.k.k… must be JSON data, got bigint");
  expect(findJsonFault({ ["x".repeat(50)]: 1n }, "v")).toBe(
    `v.${"x".repeat(40)} must be JSON data, got bigint`,
  );
});

test("an undefined property is left out, and toJSON is replaced by its result", () => {
  class Settings {
    readonly size = 1;
  }
  const value = { a: undefined, at: new Date(0), url: new URL("http://a/"), own: new Settings() };
  expect(findJsonFault(value, "value")).toBeUndefined();
  const late = { toJSON: () => ({ a: nested(JSON_DEPTH_MAX) }) };
  expect(findJsonFault(late, "value")).toMatch(/^value\.toJSON\(\)\.a.* is nested deeper/);
});

test("a fault below a name of several words names its place", () => {
  expect(findJsonFault({ a: { b: 1n } }, "payload of x")).toMatch(/^payload of x: a\.b must/);
});

test("JSON text has U+FFFD for half a pair, and whole pairs and plain escapes as they were", () => {
  expect(jsonText({ a: "\ud83d", b: "😀", c: "\\ud83d", "\udc00": "\\\udc00" })).toBe(
    '{"a":"\\ufffd","b":"😀","c":"\\\\ud83d","\\ufffd":"\\\\\\ufffd"}',
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (text, more) => {
      const given = JSON.stringify([text, more]);
      expect(JSON.parse(wellFormedJson(given))).toEqual([text.toWellFormed(), more.toWellFormed()]);
    }),
  );
});
