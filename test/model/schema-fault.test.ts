import Type, { type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { expect, test } from "vitest";
import { faultOf } from "../../src/model/schema-fault.ts";

const open = Type.Object({
  name: Type.String(),
  size: Type.Optional(Type.Integer({ minimum: 1 })),
  mode: Type.Optional(Type.Union([Type.Literal("next"), Type.Literal("now")])),
  sort: Type.Optional(Type.Enum(["up", "down"])),
  "a/b~c": Type.Optional(Type.Object({ deep: Type.Array(Type.String()) })),
});
const closed = Type.Object({ name: Type.String() }, { additionalProperties: false });

function fault(schema: TSchema, value: unknown): string {
  return faultOf("body", value, Compile(schema));
}

test.each([
  [open, { name: "a", size: 0 }, "body.size must be a whole number of at least 1, got 0"],
  [open, { size: 2 }, 'body must have "name", got {"size":2}'],
  [open, "text", 'body must be an object, got "text"'],
  [open, null, "body must be an object, got null"],
  [open, { name: "a", mode: "then" }, 'body.mode must be one of "next", "now", got "then"'],
  [
    open,
    { name: "a", size: 0, mode: "then" },
    "body.size must be a whole number of at least 1, got 0",
  ],
  [open, { name: "a", sort: "left" }, 'body.sort must be one of "up", "down", got "left"'],
  [open, { name: "a", "a/b~c": { deep: [7] } }, "body.a/b~c.deep.0 must be text, got 7"],
  [closed, { name: "a", more: 1, most: 2 }, 'body has no field "more", "most"; known are name'],
  [
    Type.Object({}, { additionalProperties: false }),
    { a: 1 },
    'body has no field "a"; it takes none',
  ],
  [
    Type.Object({ a: Type.Null(), b: Type.Null() }, { additionalProperties: false }),
    { c: 1 },
    'body has no field "c"; known are a, b',
  ],
  // A field that should not be there is often the other one, misspelt: it is named first.
  [closed, { nmae: "a" }, 'body has no field "nmae"; known are name'],
])("says where, what was expected and what came: %#", (schema, value, text) => {
  expect(fault(schema, value)).toBe(text);
});

const withErrors = (errors: ReturnType<Parameters<typeof faultOf>[2]["Errors"]>) => ({
  Type: () => false,
  Errors: () => errors,
});

const unnamed = { schemaPath: "#", instancePath: "", params: {} };

test("a path is cut, and a fault without a reason is still one", () => {
  const keys = Type.Record(Type.String(), Type.Integer());
  const text = fault(keys, { ["x".repeat(1_000)]: "no" });
  expect(text).toBe(`body.${"x".repeat(195)} must be a whole number, got "no"`);
  expect(faultOf("body", 1, withErrors([]))).toBe("body is not valid");
  const closedOff = { ...unnamed, keyword: "boolean", message: "no" };
  expect(faultOf("body", 1, withErrors([closedOff]))).toBe("body is not valid");
});

test("a demand without words is that of the schema library", () => {
  const odd = { ...unnamed, keyword: "odd", message: "must be odd" };
  expect(faultOf("body", 2, withErrors([odd]))).toBe("body must be odd, got 2");
});
