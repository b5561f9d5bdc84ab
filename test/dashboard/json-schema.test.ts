import { expect, test } from "vitest";
import { z } from "zod";
import { describeProperties, exampleOf } from "../../src/dashboard/state/json-schema.ts";
import { findGuidanceFault } from "../../src/dashboard/state/schema-check.ts";

test("a form lists what can be set", () => {
  const schema = {
    properties: {
      depth: { type: "integer", default: 3 },
      mode: { enum: ["fast", "slow"] },
      name: { type: "string" },
    },
    required: ["name"],
  };
  expect(describeProperties(schema)).toEqual([
    "depth (integer, default 3)",
    "mode",
    "name (string, required)",
  ]);
  expect(describeProperties({})).toEqual([]);
});

test("of several forms all properties are listed, and those required in each", () => {
  const move = z.object({ kind: z.literal("move"), to: z.string() });
  const stop = z.object({ kind: z.literal("stop"), why: z.string().optional() });
  const schema = z.toJSONSchema(z.discriminatedUnion("kind", [move, stop])) as object;
  expect(describeProperties(schema)).toEqual([
    "kind (string, required)",
    "to (string)",
    "why (string)",
  ]);
  expect(exampleOf(schema)).toBe('{ "kind": "move", "to": "…" }');
});

test("an example has what is required, or else the first property, and fits its schema", () => {
  const whole = z.object({
    note: z.string().optional(),
    count: z.int().min(5),
    mode: z.enum(["fast", "slow"]),
    tags: z.array(z.string()),
    deep: z.object({}),
    on: z.boolean(),
  });
  const schema = z.toJSONSchema(whole) as object;
  const example = exampleOf(schema) ?? "";
  expect(example).toBe('{ "count": 5, "mode": "fast", "tags": [], "deep": {}, "on": true }');
  expect(findGuidanceFault(schema, JSON.parse(example))).toBeNull();
  expect(exampleOf({ properties: { a: { type: "string" }, b: {} } })).toBe('{ "a": "…" }');
  expect(exampleOf({ type: "object" })).toBeNull();
});
