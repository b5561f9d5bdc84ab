import { expect, test } from "vitest";
import { describeProperties, findConfigFault } from "../../src/dashboard/state/config-check.ts";

const schema = {
  type: "object",
  properties: {
    depth: { type: "integer", minimum: 1, maximum: 9, default: 3 },
    mode: { enum: ["fast", "slow"] },
    name: { type: "string", minLength: 2 },
    nested: { type: "object", properties: { on: { type: "boolean" } } },
  },
  required: ["name"],
  additionalProperties: false,
} as const;

test("a config is checked against its schema", () => {
  const cases: readonly [unknown, string | null][] = [
    [{}, null],
    [{ depth: 3, mode: "slow", name: "ab", nested: { on: true, other: 1 } }, null],
    [[], "config must be object"],
    [{ depth: 2.5 }, "config.depth must be integer"],
    [{ depth: 10 }, "config.depth must be at most 9"],
    [{ mode: "fat" }, 'config.mode must be one of "fast", "slow"'],
    [{ name: "a" }, "config.name must have at least 2 characters"],
    [{ nested: { on: 1 } }, "config.nested.on must be boolean"],
    [{ dept: 1 }, "config.dept is unknown; known are depth, mode, name, nested"],
    [{ constructor: 1 }, "config.constructor is unknown; known are depth, mode, name, nested"],
  ];
  for (const [config, fault] of cases) expect(findConfigFault(schema, config)).toBe(fault);
  expect(findConfigFault({}, { anything: 1 })).toBeNull();
});

test("a form lists what can be set", () => {
  expect(describeProperties(schema)).toEqual([
    "depth (integer, default 3)",
    "mode",
    "name (string, required)",
    "nested (object)",
  ]);
});
