import { expect, test } from "vitest";
import { patternOf, wordsOfSchema } from "../../src/model/schema-words.ts";

test.each([
  [{ type: "integer", minimum: 1, maximum: 9 }, "a whole number from 1 to 9"],
  [{ type: "integer", minimum: 0 }, "a whole number of at least 0"],
  [{ type: "number", exclusiveMinimum: 0, maximum: 9 }, "a number above 0 and of at most 9"],
  [{ type: "number", exclusiveMaximum: 1 }, "a number below 1"],
  [{ type: "string" }, "text"],
  [{ type: "string", maxLength: 1 }, "text of at most 1 character"],
  [{ type: "string", minLength: 1, maxLength: 9 }, "text of 1 to 9 characters"],
  [{ type: "string", pattern: "^a$" }, "text that matches ^a$"],
  [{ type: "string", ...patternOf("^\\d+$", "digits") }, "text of digits"],
  [{ type: "array", minItems: 1 }, "a list of at least 1 item"],
  [{ type: "object" }, "an object"],
  [{ type: "object", minProperties: 1, maxProperties: 9 }, "an object of 1 to 9 fields"],
  [{ type: ["boolean", "null"] }, "true or false or null"],
  [{ maximum: 3 }, "a number of at most 3"],
  [{ enum: ["a", 1] }, 'one of "a", 1'],
  [{ anyOf: [{ const: "a" }, { const: "b" }] }, 'one of "a", "b"'],
  [{ anyOf: [{ const: "*" }, { type: "integer" }] }, '"*" or a whole number'],
  [{ anyOf: [{ type: "strange" }, { type: "null" }] }, undefined],
  [true, undefined],
])("what %j expects", (schema, words) => {
  expect(wordsOfSchema(schema)).toBe(words);
});

test("the words of a pattern are in no document", () => {
  expect(JSON.stringify(patternOf("^a$", "an a"))).toBe('{"pattern":"^a$"}');
});
