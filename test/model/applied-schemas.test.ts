/** Where in a JSON Schema of any draft the parts are that apply to a value, shown by the secrets in them. */

import { describe, expect, test } from "vitest";
import { MASK, maskConfig } from "../../src/model/secret-config.ts";

const secret = { type: "string", writeOnly: true };

describe("a secret is found", () => {
  const marked = { properties: { key: secret } };
  const inA = (part: object) => ({ properties: { a: part } });
  const one = { a: { key: "s", n: 1 } };
  const oneMasked = { a: { key: MASK, n: 1 } };
  const list = { a: [{ key: "s" }, { key: "t" }] };
  const listMasked = { a: [{ key: MASK }, { key: MASK }] };
  const chain = {
    $ref: "#/$defs/1",
    $defs: { 1: { $ref: "#/$defs/2" }, 2: { $ref: "#/$defs/3" } },
  };

  test.each<[string, object, object, object]>([
    ["in allOf", inA({ allOf: [marked] }), one, oneMasked],
    ["in anyOf", inA({ anyOf: [{ type: "null" }, marked] }), one, oneMasked],
    ["in oneOf in oneOf", inA({ oneOf: [{ oneOf: [marked] }] }), one, oneMasked],
    ["in if", inA({ if: marked }), one, oneMasked],
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    ["in then", inA({ if: true, then: marked }), one, oneMasked],
    ["in else", inA({ if: true, else: marked }), one, oneMasked],
    ["in not", inA({ not: marked }), one, oneMasked],
    ["in dependentSchemas", inA({ dependentSchemas: { n: marked } }), one, oneMasked],
    ["in dependencies", inA({ dependencies: { n: marked, key: ["n"] } }), one, oneMasked],
    [
      "in dependentSchemas of what is not there",
      inA({ dependentSchemas: { x: marked } }),
      one,
      oneMasked,
    ],
    [
      "by a pattern of its name",
      inA({ patternProperties: { "^k": secret }, additionalProperties: { type: "number" } }),
      one,
      oneMasked,
    ],
    [
      "by a pattern, next to a property",
      inA({ properties: { key: { type: "string" } }, patternProperties: { y$: secret } }),
      one,
      oneMasked,
    ],
    [
      "in unevaluatedProperties",
      inA({ properties: { n: {} }, unevaluatedProperties: secret }),
      one,
      oneMasked,
    ],
    [
      "in unevaluatedProperties, next to evaluated ones of another part",
      inA({ allOf: [{ properties: { n: {} } }], unevaluatedProperties: secret }),
      one,
      oneMasked,
    ],
    ["in items", inA({ items: marked }), list, listMasked],
    ["in contains", inA({ contains: marked }), list, listMasked],
    ["in unevaluatedItems", inA({ unevaluatedItems: marked }), list, listMasked],
    [
      "in prefixItems",
      inA({ prefixItems: [{}, marked] }),
      list,
      { a: [{ key: "s" }, { key: MASK }] },
    ],
    [
      "in items after prefixItems",
      inA({ prefixItems: [{}], items: marked }),
      list,
      { a: [{ key: "s" }, { key: MASK }] },
    ],
    [
      "in items of draft 7",
      inA({ items: [marked], additionalItems: {} }),
      list,
      { a: [{ key: MASK }, { key: "t" }] },
    ],
    [
      "in additionalItems of draft 7",
      inA({ items: [{}], additionalItems: marked }),
      list,
      { a: [{ key: "s" }, { key: MASK }] },
    ],
    [
      "by a chain of references",
      { ...chain, $defs: { ...chain.$defs, 3: inA(marked) } },
      one,
      oneMasked,
    ],
    [
      "by a pointer with escapes",
      { ...inA({ $ref: "#/$defs/x~1y~0z%20w" }), $defs: { "x/y~z w": marked } },
      one,
      oneMasked,
    ],
    [
      "by a pointer into a list",
      { ...inA({ $ref: "#/allOf/0" }), allOf: [marked] },
      one,
      oneMasked,
    ],
    [
      "by an anchor",
      { ...inA({ $ref: "#x" }), $defs: { y: { ...marked, $anchor: "x" } } },
      one,
      oneMasked,
    ],
    [
      "by a dynamic anchor",
      { ...inA({ $dynamicRef: "#x" }), $defs: { y: { ...marked, $dynamicAnchor: "x" } } },
      one,
      oneMasked,
    ],
    [
      "by a reference of draft 2019-09 to the whole schema",
      { properties: { a: { $recursiveRef: "#" }, key: secret } },
      one,
      oneMasked,
    ],
    [
      "by an id",
      { ...inA({ $ref: "x" }), definitions: { y: { ...marked, $id: "x" } } },
      one,
      oneMasked,
    ],
    [
      "next to a reference",
      { ...inA({ $ref: "#/$defs/n", ...marked }), $defs: { n: {} } },
      one,
      oneMasked,
    ],
    ["by a reference that finds nothing", inA({ $ref: "https://example.org/x" }), one, { a: MASK }],
    ["by a pointer that finds nothing", inA({ $ref: "#/$defs/none" }), one, { a: MASK }],
  ])("%s", (_where, given, plain, masked) => {
    expect(maskConfig(plain as never, given as never)).toEqual(masked);
  });

  test("by a pattern that is not valid, or may take forever, and by the part for other names", () => {
    const other = { patternProperties: { "(": {} }, additionalProperties: secret };
    expect(maskConfig({ key: "s" }, other)).toEqual({ key: MASK });
    const long = "k".repeat(129);
    const known = { patternProperties: { "^k": {} }, additionalProperties: secret };
    expect(maskConfig({ [long]: "s", [long.slice(1)]: "t" }, known)).toEqual({
      [long]: MASK,
      [long.slice(1)]: "t",
    });
    const slow = { patternProperties: { "^(a+)+$": secret } };
    expect(maskConfig({ [`${"a".repeat(60)}!`]: "s" }, slow)).toEqual({
      [`${"a".repeat(60)}!`]: MASK,
    });
  });
});

test("values that are not marked are shown next to marked ones", () => {
  const parts = {
    patternProperties: { "^k": secret },
    allOf: [{ properties: { region: {} } }],
    unevaluatedProperties: secret,
  };
  expect(maskConfig({ key: "s", region: "eu", more: "t" }, parts)).toEqual({
    key: MASK,
    region: "eu",
    more: MASK,
  });
  const open = { allOf: [{ additionalProperties: {} }], unevaluatedProperties: secret };
  expect(maskConfig({ more: "t" }, open)).toEqual({ more: "t" });
});

test("a schema that refers to itself is followed to every depth", () => {
  const own = { properties: { next: { $ref: "#" }, key: secret }, $ref: "#" };
  const nested = (key: string) =>
    Array.from({ length: 90 }).reduce<object>((next) => ({ next, key }), {});
  expect(maskConfig(nested("s") as never, own)).toEqual(nested(MASK));
});
