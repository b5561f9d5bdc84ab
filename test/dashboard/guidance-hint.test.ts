import { expect, test } from "vitest";
import { guidanceHintOf } from "../../src/dashboard/state/guidance-hint.ts";

test("a hint has an example and the first properties of the type's schema, and counts the others", () => {
  const properties = Object.fromEntries(
    ["a", "b", "c", "d", "e", "f"].map((name) => [name, { type: "number" }]),
  );
  const schemas = new Map([["counter", { properties, required: ["b"] }]]);
  expect(guidanceHintOf("counter", schemas)).toEqual({
    placeholder: '{ "b": 1 }',
    fields: "An object: a (number), b (number, required), c (number), d (number), 2 more",
  });
});

test("a hint for a type without a schema, or for none, has an example only", () => {
  const none = { placeholder: '{ "subject": "dogs" }', fields: null };
  expect(guidanceHintOf("joke", new Map())).toEqual(none);
  expect(guidanceHintOf(undefined, new Map([["joke", {}]]))).toEqual(none);
});
