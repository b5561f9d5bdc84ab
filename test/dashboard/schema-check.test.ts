import { expect, test } from "vitest";
import { findConfigFault, findGuidanceFault } from "../../src/dashboard/state/schema-check.ts";

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
    [[], "config must be an object, got []"],
    [{ depth: 2.5 }, "config.depth must be a whole number from 1 to 9, got 2.5"],
    [{ depth: 10 }, "config.depth must be a whole number from 1 to 9, got 10"],
    [{ mode: "fat" }, 'config.mode must be one of "fast", "slow", got "fat"'],
    [{ name: "a" }, 'config.name must be text of at least 2 characters, got "a"'],
    [{ nested: { on: 1 } }, "config.nested.on must be true or false, got 1"],
    [{ dept: 1 }, "config.dept is unknown; known are depth, mode, name, nested"],
    [{ constructor: 1 }, "config.constructor is unknown; known are depth, mode, name, nested"],
  ];
  for (const [config, fault] of cases) expect(findConfigFault(schema, config)).toBe(fault);
  expect(findConfigFault({}, { anything: 1 })).toBeNull();
});

test("guidance is checked against its schema as a whole", () => {
  expect(findGuidanceFault(schema, { depth: 3 })).toBe(
    "guidance.name is missing, expected text of at least 2 characters",
  );
  expect(findGuidanceFault(schema, { name: "ab" })).toBeNull();
  const tags = { type: "array", items: { type: "string", maxLength: 3 } };
  const list = { properties: { tags } };
  expect(findGuidanceFault(list, { tags: ["a", 5] })).toBe(
    "guidance.tags.1 must be text of at most 3 characters, got 5",
  );
  // Bounds without a type are those of a number or of text.
  const bare = { properties: { n: { minimum: 2 }, s: { maxLength: 1 } } };
  expect(findGuidanceFault(bare, { n: 1 })).toBe(
    "guidance.n must be a number of at least 2, got 1",
  );
  expect(findGuidanceFault(bare, { s: "ab" })).toBe(
    'guidance.s must be text of at most 1 character, got "ab"',
  );
  expect(findGuidanceFault(list, { tags: ["x".repeat(99)] })).toMatch(/, got "x{59}…$/);
});

test("one of several forms is enough; its constants say which was meant", () => {
  const form = (kind: string, name: string) => ({
    type: "object",
    properties: { kind: { const: kind }, [name]: { type: "number" } },
    required: ["kind", name],
  });
  const forms = { oneOf: [form("add", "by"), form("set", "to")] };
  expect(findGuidanceFault(forms, { kind: "set", to: 1 })).toBeNull();
  expect(findGuidanceFault(forms, { kind: "set", to: "1" })).toBe(
    'guidance.to must be a number, got "1"',
  );
  expect(findGuidanceFault(forms, { kind: "cut" })).toBe(
    'guidance.kind must be "add", got "cut"; or guidance.kind must be "set", got "cut"',
  );
  const nullable = { properties: { n: { anyOf: [{ type: "number" }, { type: "null" }] } } };
  expect(findGuidanceFault(nullable, { n: null })).toBeNull();
  expect(findGuidanceFault(nullable, { n: "x" })).toBe(
    'guidance.n must be a number, got "x"; or guidance.n must be null, got "x"',
  );
});

test("references within the schema are followed, also to itself", () => {
  const tree = {
    $ref: "#/$defs/tree",
    $defs: {
      tree: {
        type: "object",
        properties: { next: { $ref: "#/$defs/tree" }, n: { type: "number" } },
        required: ["n"],
      },
    },
  };
  expect(findGuidanceFault(tree, { n: 1, next: { n: 2 } })).toBeNull();
  expect(findGuidanceFault(tree, { n: 1, next: {} })).toBe(
    "guidance.next.n is missing, expected a number",
  );
  expect(findGuidanceFault({ $ref: "#" }, { n: 1 })).toBeNull();
  expect(findGuidanceFault({ $ref: "https://example.com/x" }, { n: 1 })).toBeNull();
});

test("forms that contain each other are checked once for each part of a value", () => {
  let reads = 0;
  const form = (name: string) => ({
    get type() {
      reads += 1;
      return "object";
    },
    properties: { next: { $ref: "#/$defs/any" }, [name]: { type: "number" } },
  });
  const any = { anyOf: [form("left"), form("right"), form("middle")] };
  const schema = { $ref: "#/$defs/any", $defs: { any } };
  const readsFor = (depth: number, innermost: unknown) => {
    let value = innermost;
    for (let n = 1; n < depth; n += 1) value = { next: value };
    reads = 0;
    expect(findGuidanceFault(schema, value) === null).toBe(innermost !== 5);
    return reads;
  };
  for (const innermost of [{}, 5]) {
    expect(readsFor(20, innermost)).toBeLessThan(3 * readsFor(10, innermost));
  }
});
