/** Secrets in an agent's config, by the JSON Schema of its type. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ActionView } from "../../src/model/agent-view.ts";
import { MASK, maskAction, maskConfig, unmaskConfig } from "../../src/model/secret-config.ts";

const secret = { type: "string", writeOnly: true };
const schema = {
  type: "object",
  properties: {
    apiKey: secret,
    password: { anyOf: [{ type: "string", format: "password" }, { type: "null" }] },
    region: { type: "string" },
    nested: { type: "object", properties: { token: { $ref: "#/$defs/token" } } },
    many: { type: "array", items: { type: "object", properties: { key: secret } } },
    byName: { type: "object", additionalProperties: secret },
  },
  $defs: { token: secret },
};
const config = {
  apiKey: "s1",
  password: "s2",
  region: "eu",
  nested: { token: "s3", plain: 1 },
  many: [{ key: "s4", n: 2 }],
  byName: { a: "s5" },
  unknown: "stays",
};

test("secrets are masked wherever the schema marks them, and nothing else is", () => {
  expect(maskConfig(config, schema)).toEqual({
    apiKey: MASK,
    password: MASK,
    region: "eu",
    nested: { token: MASK, plain: 1 },
    many: [{ key: MASK, n: 2 }],
    byName: { a: MASK },
    unknown: "stays",
  });
  expect(maskConfig(config, null)).toBe(config);
  expect(maskConfig({ password: null }, schema)).toEqual({ password: null });
});

test("a masked config that is sent back keeps its secrets, and takes new ones", () => {
  expect(unmaskConfig(maskConfig(config, schema), config, schema)).toEqual(config);
  const changed = { ...maskConfig(config, schema), apiKey: "new", region: MASK };
  expect(unmaskConfig(changed, config, schema)).toEqual({ ...config, apiKey: "new", region: MASK });
});

test("a schema that refers to itself ends", () => {
  const own = { properties: { next: { $ref: "#" }, key: secret } };
  const deep = Array.from({ length: 100 }).reduce<object>((next) => ({ next, key: "s" }), {});
  expect(maskConfig(deep as never, { ...own, $ref: "#" })).toMatchObject({ key: MASK });
});

test("any config comes back from its mask", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(config)), fc.jsonValue()), (given) => {
      const any = given as Readonly<Record<string, unknown>>;
      expect(unmaskConfig(maskConfig(any, schema), any, schema)).toEqual(any);
    }),
  );
});

describe("an action's view", () => {
  const schemas = new Map([
    ["bot", schema],
    ["joke", null],
  ]);
  const view = (payload: unknown) =>
    maskAction({ action: "create_agent", payload } as ActionView, schemas).payload;

  test("has no secret of the config in its payload", () => {
    expect(view({ agent_type: "bot", config: { apiKey: "s", region: "eu" } })).toEqual({
      agent_type: "bot",
      config: { apiKey: MASK, region: "eu" },
    });
    expect(view({ config: { apiKey: "s" } })).toEqual({ config: { apiKey: MASK } });
    expect(view({ agent_type: "joke", config: { apiKey: "s" } })).toEqual({
      agent_type: "joke",
      config: { apiKey: "s" },
    });
    expect(view({ reason: "why" })).toEqual({ reason: "why" });
    expect(view("not JSON")).toBe("not JSON");
  });
});
