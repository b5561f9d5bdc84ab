/** What a value loses as JSON text, named with its place. */

import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findJsonLoss } from "../../src/model/json-loss.ts";

class Invoice {
  total = 1;
}

test.each<readonly [unknown, string]>([
  [{ seen: new Map() }, "context.seen is a Map"],
  [{ a: [{ b: new Set() }] }, "context.a[0].b is a Set"],
  [{ at: new Date(0) }, "context.at is a Date"],
  [{ open: new Invoice() }, "context.open is an Invoice"],
  [{ text: Promise.resolve("x") }, "context.text is a Promise that was not awaited"],
  [{ bytes: new Uint8Array(1) }, "context.bytes is a Uint8Array"],
  [{ run: () => 1 }, "context.run is a function"],
  [{ share: Number.NaN }, "context.share is NaN"],
  [[1, undefined], "context[1] is undefined"],
  [new Map(), "context is a Map"],
  [{ failed: new Error("x") }, "context.failed is an Error"],
  [{ own: new (class {})() }, "context.own is an Object"],
])("%o is refused", (value, message) => {
  expect(findJsonLoss(value, "context")).toBe(message);
});

test.each<readonly [unknown]>([
  [{ a: undefined, b: null, c: [true, "x", 1.5, { d: [] }] }],
  [Object.assign(Object.create(null), { a: 1 })],
  [runInNewContext("({ a: [{}] })")],
  ["text"],
  [null],
])("%o is not", (value) => {
  expect(findJsonLoss(value, "context")).toBeUndefined();
});

test("what passes is the same after it was text", () => {
  // From text, which has no negative zero.
  const json = fc
    .json({ maxDepth: 5 })
    .filter((text) => !text.includes("__proto__"))
    .map((text): unknown => JSON.parse(text));
  fc.assert(
    fc.property(json, (value) => {
      expect(findJsonLoss(value, "value")).toBeUndefined();
      expect(JSON.parse(JSON.stringify(value))).toEqual(value);
    }),
  );
});

test("an object that does not give its constructor is refused all the same", () => {
  const own = Object.create({
    get constructor(): unknown {
      throw new Error("no");
    },
  });
  expect(findJsonLoss({ own }, "context")).toBe("context.own is an Object");
});

test("what is further down than a thousand levels is not checked", () => {
  const nested = (levels: number) =>
    Array.from({ length: levels }).reduce<unknown>((inner) => [inner], new Map());
  expect(findJsonLoss(nested(999), "context")).toMatch(/ is a Map$/);
  expect(findJsonLoss(nested(1_000), "context")).toBeUndefined();
});

test("a place that is long, or far down, is cut", () => {
  const far = Array.from({ length: 100 }).reduce<unknown>((inner) => ({ level: inner }), new Map());
  const message = findJsonLoss(far, "context") ?? "";
  expect(message).toMatch(/^context\.level\.level/);
  expect(message).toMatch(/ is a Map$/);
  expect(message.length).toBeLessThan(300);
});
