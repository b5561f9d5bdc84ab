/** Configs with masks, as a view has them, that are sent back. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSameConfig, maskProblem, unmaskConfig } from "../../src/model/masked-config.ts";
import { MASK, maskConfig } from "../../src/model/secret-config.ts";

const secret = { type: "string", writeOnly: true };
const schema = {
  properties: {
    key: secret,
    nested: { properties: { key: secret } },
    many: { items: { properties: { key: secret } } },
    keys: { items: secret },
  },
};
const config = {
  key: "s1",
  region: "eu",
  nested: { key: "s2", n: 1 },
  many: [
    { id: "a", key: "s3" },
    { id: "b", key: "s4" },
  ],
  keys: ["s5", "s6"],
};

function unmasked(given: Readonly<Record<string, unknown>>): unknown {
  const result = unmaskConfig(given, config, schema);
  return "problem" in result ? result.problem : result.config;
}

test.each([
  ["by its schema", schema],
  ["of an unknown type", undefined],
])("a config masked %s comes back whole", (_how, known) =>
  expect(unmasked(maskConfig(config, known))).toEqual(config),
);

test("new values are taken, and masks in places without a secret stand for the stored value", () => {
  const changed = { ...maskConfig(config, schema), key: "new", region: MASK };
  expect(unmasked(changed)).toEqual({ ...config, key: "new" });
});

test("a part that is null in the stored config is new, and shows nothing", () => {
  const stored = { key: "s1", nested: null };
  const given = { key: MASK, nested: { key: "new" } };
  expect(unmaskConfig(given, stored, schema)).toEqual({ config: { ...given, key: "s1" } });
});

test("any config comes back from its mask", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...Object.keys(config), "more"), fc.jsonValue()),
      fc.constantFrom(schema, undefined),
      (given, known) => {
        const any = given as Readonly<Record<string, unknown>>;
        expect(unmaskConfig(maskConfig(any, known), any, known)).toEqual({ config: any });
      },
    ),
  );
});

describe("a mask in a list", () => {
  const [a, b] = [
    { id: "a", key: MASK },
    { id: "b", key: MASK },
  ];
  const noValue = (place: string) => `${place} is a mask and has no stored value`;

  test("stands for the secret of the item that is otherwise equal, wherever that is now", () => {
    expect(unmasked({ many: [b] })).toEqual({ many: [config.many[1]] });
    expect(unmasked({ many: [b, a] })).toEqual({ many: [config.many[1], config.many[0]] });
    expect(unmasked({ many: [{ id: "c", key: "new" }, a, b] })).toEqual({
      many: [{ id: "c", key: "new" }, ...config.many],
    });
  });

  test("has no value in an item that is new or changed", () => {
    expect(unmasked({ many: [a, { id: "c", key: MASK }] })).toBe(noValue("config.many.1.key"));
    expect(unmasked({ many: [{ ...a, region: "us" }] })).toBe(noValue("config.many.0.key"));
    expect(unmasked({ many: [{ key: MASK }] })).toBe(noValue("config.many.0.key"));
  });

  test("has no value if it may stand for several", () => {
    expect(unmasked({ keys: [MASK] })).toBe(noValue("config.keys.0"));
    expect(unmasked({ keys: [MASK, "new"] })).toBe(noValue("config.keys.0"));
    expect(unmasked({ keys: [MASK, MASK] })).toEqual({ keys: config.keys });
    expect(unmaskConfig({ keys: [MASK] }, { keys: ["s", "s"] }, schema)).toEqual({
      config: { keys: ["s"] },
    });
  });

  test("has no value in a place that is not a secret, into which another item's would move", () => {
    const tuple = { properties: { many: { prefixItems: [{ properties: { key: secret } }, {}] } } };
    const second = { many: [{ id: "c" }, a] };
    expect(unmaskConfig(second, config, tuple)).toEqual({ problem: noValue("config.many.1.key") });
    // Of a type that is not known yet, any place may be shown later.
    expect(unmaskConfig({ many: [b, a] }, config, undefined)).toEqual({
      problem: noValue("config.many.0.key"),
    });
    expect(unmaskConfig({ many: [a] }, config, undefined)).toEqual({
      config: { many: [config.many[0]] },
    });
    // A type without secrets has none to show.
    expect(unmaskConfig(second, config, null)).toEqual({
      config: { many: [{ id: "c" }, config.many[0]] },
    });
  });

  test("of more items than are compared has a value only if the list is unchanged", () => {
    const many = Array.from({ length: 300 }, (_, id) => ({ id, key: `s${id}` }));
    const masked = many.map((item) => ({ ...item, key: MASK }));
    expect(unmaskConfig({ many: masked }, { many }, schema)).toEqual({ config: { many } });
    expect(unmaskConfig({ many: masked.slice(1) }, { many }, schema)).toEqual({
      problem: noValue("config.many.0.key"),
    });
  });
});

test("a mask without a stored value is a problem that names its place", () => {
  const problem = (given: Readonly<Record<string, unknown>>, stored = {}) =>
    unmaskConfig(given, stored, schema);
  expect(problem({ key: MASK })).toEqual({
    problem: "config.key is a mask and has no stored value",
  });
  expect(problem({ a: { toString: MASK } })).toHaveProperty("problem");
  expect(problem({ a: { b: MASK } }, { a: "s" })).toHaveProperty("problem");
  expect(problem({ a: [MASK] }, { a: "s" })).toHaveProperty("problem");
  expect(problem({ a: MASK }, { a: { key: MASK } })).toEqual({
    problem: "config.a.key is a mask and has no stored value",
  });
  expect(maskProblem({ a: [{ key: MASK }] })).toBe(
    "config.a.0.key is a mask and has no stored value",
  );
  expect(maskProblem({ key: `${MASK}*`, [MASK]: 1 })).toBeUndefined();
});

test("configs are the same if they differ only in masks", () => {
  expect(isSameConfig(maskConfig(config, schema), config)).toBe(true);
  expect(isSameConfig({ ...config, region: "us" }, config)).toBe(false);
  expect(isSameConfig({ ...config, more: MASK }, config)).toBe(false);
  expect(isSameConfig({ key: MASK }, { key: MASK })).toBe(false);
  expect(isSameConfig({ a: [1] }, { a: [1, 2] })).toBe(false);
  expect(isSameConfig({ a: null }, { a: {} })).toBe(false);
  expect(isSameConfig({ a: {} }, { a: null })).toBe(false);
});
