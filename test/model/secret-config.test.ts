/** Secrets in an agent's config, by the JSON Schema of its type. */

import { describe, expect, test } from "vitest";
import { type ActionView, viewAction } from "../../src/model/agent-view.ts";
import {
  type ConfigSchema,
  MASK,
  maskAction,
  maskAgent,
  maskConfig,
  maskSchema,
  maskText,
} from "../../src/model/secret-config.ts";
import { newAction } from "../support/sample-rows.ts";

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
  const unset = { password: null, nested: { token: null } };
  expect(maskConfig(unset, schema)).toEqual(unset);
});

test("of a type that is not known only the settings of every agent are shown", () => {
  const common = { interval_ms: 5, initial_subject: "cats", unresponsive_timeout_ms: 2_000 };
  expect(maskConfig({ ...common, ...config, off: null }, undefined)).toEqual({
    ...common,
    ...Object.fromEntries(Object.keys(config).map((name) => [name, MASK])),
    off: null,
  });
});

test("settings of every agent are shown, even if all others are secrets", () => {
  const given = { interval_ms: 5, key: "s" };
  const shown = { interval_ms: 5, key: MASK };
  expect(maskConfig(given, { additionalProperties: secret })).toEqual(shown);
  expect(maskConfig(given, { writeOnly: true })).toEqual(shown);
});

test("a schema is shown without secrets in its defaults and examples", () => {
  const given = {
    default: { key: "s", region: "eu" },
    properties: {
      key: { ...secret, default: "s", examples: ["s"] },
      region: { default: "eu", examples: ["us"] },
    },
    anyOf: [{ properties: { token: { ...secret, default: "s" } } }],
  };
  expect(maskSchema(given)).toEqual({
    default: { key: MASK, region: "eu" },
    properties: {
      key: { ...secret, default: MASK, examples: [MASK] },
      region: { default: "eu", examples: ["us"] },
    },
    anyOf: [{ properties: { token: { ...secret, default: MASK } } }],
  });
});

test("names of settings that are keywords of schemas hide no default", () => {
  const hidden = (key: object) => ({
    properties: { default: key, examples: { properties: { examples: key } } },
  });
  const given = hidden({ ...secret, default: "s", examples: ["s"] });
  expect(maskSchema(given)).toEqual(hidden({ ...secret, default: MASK, examples: [MASK] }));
});

test("a text is shown without the secrets that it quotes", () => {
  const given = { apiKey: 'sk-"1', region: "sk-eu", nested: { token: 12_345 }, password: "ab" };
  const text = 'got "sk-\\"1", sk-"1, 12345, "ab", about, "sk-eu"';
  expect(maskText(text, given, schema)).toBe(
    `got "${MASK}", ${MASK}, ${MASK}, ${MASK}, about, "sk-eu"`,
  );
  expect(maskText(text, given, null)).toBe(text);
  const keys = { properties: { keys: { type: "object", writeOnly: true } } };
  // The first is the start of the second, which must not be shown in part.
  const all = { keys: { first: "sk-1", more: ["sk-12", true] } };
  expect(maskText("got sk-12, sk-1 or true", all, keys)).toBe(`got ${MASK}, ${MASK} or true`);
});

const schemas = new Map<string, ConfigSchema>([
  ["bot", schema],
  ["joke", null],
]);
const findSchema = (type: string) => schemas.get(type);

test("an agent's view has no secret of its config", () => {
  const view = (agent_type: string) =>
    maskAgent({ agent_type, config: { apiKey: "s", region: "eu" } }, findSchema).config;
  expect(view("bot")).toEqual({ apiKey: MASK, region: "eu" });
  expect(view("joke")).toEqual({ apiKey: "s", region: "eu" });
  expect(view("gone")).toEqual({ apiKey: MASK, region: MASK });
});

describe("an action's view", () => {
  const view = (payload: unknown) =>
    maskAction({ action: "create_agent", payload } as ActionView, findSchema).payload;

  test("has no secret of the config in its payload", () => {
    expect(view({ agent_type: "bot", config: { apiKey: "s", region: "eu" } })).toEqual({
      agent_type: "bot",
      config: { apiKey: MASK, region: "eu" },
    });
    expect(view({ agent_type: "joke", config: { apiKey: "s" } })).toEqual({
      agent_type: "joke",
      config: { apiKey: "s" },
    });
    expect(view({ reason: "why" })).toEqual({ reason: "why" });
    expect(view("not JSON")).toBe("not JSON");
  });

  test("has no value of a config whose type is unknown or left out", () => {
    const masked = { config: { interval_ms: 5, region: MASK } };
    expect(view({ config: { interval_ms: 5, region: "eu" } })).toEqual(masked);
    expect(view({ agent_type: "gone", config: { interval_ms: 5, region: "eu" } })).toEqual({
      agent_type: "gone",
      ...masked,
    });
  });

  test("has no config that is not an object, or in text that is not JSON", () => {
    expect(view({ config: '{"apiKey":"s"}' })).toEqual({ config: MASK });
    expect(view("{'config': {'apiKey': 's'}}")).toBe(MASK);
  });

  test("has no config in text that is shown because its value would lose something", () => {
    const text = (name: string) => `{"agent_id":"a","agent_id":"b","${name}":{"apiKey":"s"}}`;
    for (const name of ["config", String.raw`\u0063onfig`, String.raw`con\u0066\u0069\u0067`]) {
      expect(view(viewAction(newAction({ payload: text(name) })).payload)).toBe(MASK);
    }
    const { payload } = viewAction(newAction({ payload: text("notes") }));
    expect(view(payload)).toBe(text("notes"));
  });
});
