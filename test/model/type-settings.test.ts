import { describe, expect, test } from "vitest";
import { MASK } from "../../src/model/secret-config.ts";
import {
  defaultTypeSettings,
  keepSecrets,
  nothingConfigured,
  parseConfigured,
  parseDefined,
  settingsInEffect,
  viewType,
} from "../../src/model/type-settings.ts";

describe("settings in effect", () => {
  test("are those of the row, else of the definition, else the built-in ones", () => {
    expect(settingsInEffect("a")).toEqual(defaultTypeSettings("a"));
    const defined = { restart: "temporary", restarts_max: 1, memory_mb: 32 } as const;
    const row = { ...nothingConfigured, restarts_max: 0, config: { loud: true } };
    expect(settingsInEffect("a", defined, row)).toEqual({
      ...defaultTypeSettings("a"),
      restart: "temporary",
      restarts_max: 0,
      memory_mb: 32,
      config: { loud: true },
    });
  });

  test("are those of the definition if there is no row, each of them", () => {
    const defined = {
      restart: "permanent",
      restarts_max: 7,
      restarts_window_ms: 8,
      destroy_timeout_ms: 0,
      memory_mb: 64,
      interval_ms: 0,
      step_timeout_ms: 60_000,
      step_retries: 0,
      model: "big",
      resident: "always",
    } as const;
    expect(settingsInEffect("a", defined)).toEqual({ name: "a", config: {}, ...defined });
    const row = { ...nothingConfigured, restarts_window_ms: 9, destroy_timeout_ms: 10 };
    expect(settingsInEffect("a", defined, row)).toMatchObject({
      restarts_window_ms: 9,
      destroy_timeout_ms: 10,
    });
  });

  test("take interval and model from the row's defaults of the type's own settings, too", () => {
    const row = { ...nothingConfigured, config: { interval_ms: 7 } };
    expect(settingsInEffect("a", { interval_ms: 9 }, row).interval_ms).toBe(7);
    expect(settingsInEffect("a", { interval_ms: 9 }, { ...row, interval_ms: 5 }).interval_ms).toBe(
      5,
    );
    expect(settingsInEffect("a", { interval_ms: 9 }).interval_ms).toBe(9);
    const odd = { ...nothingConfigured, config: { interval_ms: "soon" } };
    expect(settingsInEffect("a", { interval_ms: 9 }, odd).interval_ms).toBe(9);
    const modelOf = (model: unknown) =>
      settingsInEffect("a", { model: "big" }, { ...nothingConfigured, config: { model } }).model;
    expect([modelOf("small"), modelOf(7), modelOf(undefined)]).toEqual(["small", "big", "big"]);
  });
});

test("a view has every default filled in, and the row as it is", () => {
  const type = {
    name: "a",
    source: "a.ts",
    configSchema: null,
    guidanceSchema: { type: "object" },
    settings: { memory_mb: 64 },
  };
  const row = { ...nothingConfigured, restarts_max: 2 };
  expect(viewType(type, row, { destroyTimeoutMs: 5_000, agentMemoryMb: 256 })).toEqual({
    name: "a",
    source: "a.ts",
    config_schema: null,
    guidance_schema: { type: "object" },
    configured: row,
    settings: {
      config: {},
      restart: defaultTypeSettings("a").restart,
      restarts_max: 2,
      restarts_window_ms: 60_000,
      destroy_timeout_ms: 5_000,
      memory_mb: 64,
      interval_ms: 3_000,
      step_timeout_ms: null,
      model: null,
      resident: null,
      step_retries: 10,
    },
  });
});

test("a view of a type without a row has none", () => {
  const type = {
    name: "a",
    source: "a.ts",
    configSchema: null,
    guidanceSchema: null,
    settings: {},
  };
  const view = viewType(type, undefined, { destroyTimeoutMs: 5_000, agentMemoryMb: 256 });
  expect(view).toMatchObject({ configured: null, guidance_schema: null, settings: { config: {} } });
});

test("a view has no secret of the type's config, and none of its schema's defaults", () => {
  const key = { type: "string", writeOnly: true };
  const configSchema = { properties: { key: { ...key, default: "s" } } };
  const guidanceSchema = { properties: { token: { ...key, default: "s" } } };
  const type = { name: "a", source: "a.ts", configSchema, guidanceSchema, settings: {} };
  const row = { ...nothingConfigured, config: { key: "s", region: "eu" } };
  const view = viewType(type, row, { destroyTimeoutMs: 5_000, agentMemoryMb: 256 });
  const masked = { key: MASK, region: "eu" };
  expect(view).toMatchObject({
    config_schema: { properties: { key: { ...key, default: MASK } } },
    guidance_schema: { properties: { token: { ...key, default: MASK } } },
    settings: { config: masked },
    configured: { config: masked },
  });
  expect(keepSecrets({ config: masked }, row, type.configSchema)).toEqual({ config: row.config });
  expect(keepSecrets({ memory_mb: 64 }, row, type.configSchema)).toEqual({ memory_mb: 64 });
  expect(() => keepSecrets({ config: masked }, undefined, type.configSchema)).toThrow(
    expect.objectContaining({
      code: "SETTING_INVALID",
      message: "config.key is a mask and has no stored value",
    }),
  );
});

test("valid settings are taken unchanged", () => {
  const row = { ...nothingConfigured, memory_mb: 16 };
  expect(parseConfigured(row)).toEqual(row);
  expect(parseDefined({ restarts_max: 0 })).toEqual({ restarts_max: 0 });
});

test("an invalid setting is named with the expected value and the given one", () => {
  expect(parseDefined({ restart: "sometimes" })).toEqual({
    problem:
      'definition.restart must be one of "permanent", "transient", "temporary", got "sometimes"',
  });
  expect(parseConfigured({ ...nothingConfigured, memory_mb: 1 })).toMatchObject({
    problem: expect.stringMatching(/^row\.memory_mb .*, got 1$/),
  });
  const config = { interval_ms: -5, key: "s" };
  expect(parseConfigured({ ...nothingConfigured, config })).toEqual({
    problem: "config.interval_ms must be a number from 0 to 86400000, got -5",
  });
});
