/**
 * The supervisor's settings for the agents of one type. Its row in `agents_config` overrides its
 * definition, which overrides the built-in default.
 */

import Type from "typebox";
import { Compile } from "typebox/compile";
import { INTERVAL_MS_DEFAULT } from "./agent.ts";
import { CommonConfig } from "./common-config.ts";
import { TroupeError } from "./errors.ts";
import { unmaskConfig } from "./masked-config.ts";
import { ModelName } from "./named-model.ts";
import { agentsConfigRow, settings } from "./rows/agents-config-row.ts";
import { faultOf } from "./schema-fault.ts";
import { JsonObject, orNull, type StaticOf, Text } from "./schema-parts.ts";
import { type ConfigSchema, maskConfig, maskSchema } from "./secret-config.ts";

/** An agent that reports that it is done ends; one that fails is started again. */
const RESTART_TYPE_DEFAULT = "transient";
/** With the waits between them some four minutes: a third party's short outage ends no agent. */
const STEP_RETRIES_DEFAULT = 10;

/** Whether an agent keeps its thread while it has nothing to do. */
const Resident = Type.Enum(["always"]);

/** The settings in a type's definition. */
export type DefinedSettings = Type.Static<typeof DefinedSettings>;
const DefinedSettings = Type.Partial(
  Type.Object({ ...settings, model: ModelName, resident: Resident }),
);

const { name: _name, updated_at: _updatedAt, ...configurable } = agentsConfigRow.properties;

/** The settings in a row of `agents_config`; null = not set here. */
export type ConfiguredSettings = Type.Static<typeof ConfiguredSettings>;
export const ConfiguredSettings = Type.Object({ ...configurable, config: orNull(JsonObject) });

/** The settings in effect, with the defaults of the process and of agents filled in. */
export type SettingsInEffect = Type.Static<typeof SettingsInEffect>;
export const SettingsInEffect = Type.Object({
  config: JsonObject,
  ...settings,
  step_timeout_ms: orNull(settings.step_timeout_ms),
  /** Null = that of the function that is called. In a row it is part of `config`. */
  model: orNull(ModelName),
  /** Null = only while it has something to do. Only a definition sets it. */
  resident: orNull(Resident),
});

/** The settings in effect. Null = the setting of the process, or of the agent. */
export type AgentTypeSettings = { readonly name: string } & Omit<SettingsInEffect, OfOthers> &
  Pick<ConfiguredSettings, OfOthers>;

type OfOthers = "destroy_timeout_ms" | "memory_mb" | "interval_ms";

/** A change to a row: null removes a setting. */
export type SettingsChange = Partial<ConfiguredSettings>;
export const SettingsChange = Type.Partial(ConfiguredSettings, { additionalProperties: false });

/** A row that sets nothing. */
export const nothingConfigured: ConfiguredSettings = {
  config: null,
  restart: null,
  restarts_max: null,
  restarts_window_ms: null,
  destroy_timeout_ms: null,
  memory_mb: null,
  interval_ms: null,
  step_timeout_ms: null,
  step_retries: null,
};

/** The built-in defaults, for a type without a row or settings in its definition. */
export function defaultTypeSettings(name: string): AgentTypeSettings {
  return {
    name,
    config: {},
    restart: RESTART_TYPE_DEFAULT,
    restarts_max: 5,
    restarts_window_ms: 60_000,
    destroy_timeout_ms: null,
    memory_mb: null,
    interval_ms: null,
    step_timeout_ms: null,
    step_retries: STEP_RETRIES_DEFAULT,
    model: null,
    resident: null,
  };
}

export function settingsInEffect(
  name: string,
  defined: DefinedSettings = {},
  configured: ConfiguredSettings = nothingConfigured,
): AgentTypeSettings {
  const builtIn = defaultTypeSettings(name);
  const { interval_ms: own, model } = configured.config ?? {};
  return {
    name,
    config: configured.config ?? builtIn.config,
    restart: configured.restart ?? defined.restart ?? builtIn.restart,
    restarts_max: configured.restarts_max ?? defined.restarts_max ?? builtIn.restarts_max,
    restarts_window_ms:
      configured.restarts_window_ms ?? defined.restarts_window_ms ?? builtIn.restarts_window_ms,
    destroy_timeout_ms: configured.destroy_timeout_ms ?? defined.destroy_timeout_ms ?? null,
    memory_mb: configured.memory_mb ?? defined.memory_mb ?? null,
    // The row's config may set it, too.
    interval_ms:
      configured.interval_ms ??
      (typeof own === "number" ? own : undefined) ??
      defined.interval_ms ??
      null,
    step_timeout_ms: configured.step_timeout_ms ?? defined.step_timeout_ms ?? null,
    step_retries: configured.step_retries ?? defined.step_retries ?? builtIn.step_retries,
    model: (typeof model === "string" ? model : undefined) ?? defined.model ?? null,
    resident: defined.resident ?? null,
  };
}

/** The settings of the process that are defaults for types. */
export interface ProcessDefaults {
  readonly destroyTimeoutMs: number;
  readonly agentMemoryMb: number;
}

/** One type as clients see it. */
export type TypeView = StaticOf<typeof TypeViewSchema>;
export const TypeViewSchema = Type.Object(
  {
    name: Text,
    source: Type.String({
      description: "`built-in`, or its module's path in the folder of agents",
    }),
    /** JSON Schema of the type's own config; null if it has none. If its library cannot export it, all of it is `writeOnly`. */
    config_schema: orNull(JsonObject),
    /** JSON Schema of the guidance that the type accepts; null if it has none, or its library cannot export it. */
    guidance_schema: orNull(JsonObject),
    /** In effect for an agent that starts now, defaults filled in. */
    settings: SettingsInEffect,
    /** Its row in `agents_config`; null if it has none. */
    configured: orNull(ConfiguredSettings),
  },
  { $id: "AgentType" },
);

/** The definition of a type. */
export interface DefinedType {
  readonly name: string;
  readonly source: string;
  readonly configSchema: Readonly<Record<string, unknown>> | null;
  readonly guidanceSchema: Readonly<Record<string, unknown>> | null;
  readonly settings: DefinedSettings;
}

/** The view of a type, without the secrets of its config. Pure. */
export function viewType(
  type: DefinedType,
  configured: ConfiguredSettings | undefined,
  { destroyTimeoutMs, agentMemoryMb }: ProcessDefaults,
): TypeView {
  const { name: _name, ...settings } = settingsInEffect(type.name, type.settings, configured);
  const { destroy_timeout_ms, memory_mb } = settings;
  return {
    name: type.name,
    source: type.source,
    config_schema: type.configSchema && maskSchema(type.configSchema),
    guidance_schema: type.guidanceSchema && maskSchema(type.guidanceSchema),
    settings: {
      ...settings,
      config: maskConfig(settings.config, type.configSchema),
      destroy_timeout_ms: destroy_timeout_ms ?? destroyTimeoutMs,
      memory_mb: memory_mb ?? agentMemoryMb,
      interval_ms: settings.interval_ms ?? INTERVAL_MS_DEFAULT,
    },
    configured: configured === undefined ? null : maskConfigured(configured, type.configSchema),
  };
}

/**
 * The change with the stored values where its config has masks. Pure.
 * @throws {TroupeError} `SETTING_INVALID` for a mask without a stored value.
 */
export function keepSecrets(
  change: SettingsChange,
  stored: ConfiguredSettings | undefined,
  schema: ConfigSchema,
): SettingsChange {
  if (change.config == null) return change;
  const unmasked = unmaskConfig(change.config, stored?.config ?? {}, schema);
  if ("problem" in unmasked) throw new TroupeError("SETTING_INVALID", unmasked.problem);
  return { ...change, config: unmasked.config };
}

function maskConfigured(configured: ConfiguredSettings, schema: ConfigSchema): ConfiguredSettings {
  const { config } = configured;
  return { ...configured, config: config && maskConfig(config, schema) };
}

const commonValidator = Compile(CommonConfig);
const configuredValidator = Compile(ConfiguredSettings);
const definedValidator = Compile(DefinedSettings);

/** The settings of a row, or why they are not valid. */
export function parseConfigured(value: unknown): ConfiguredSettings | { readonly problem: string } {
  if (!configuredValidator.Check(value)) {
    return { problem: faultOf("row", value, configuredValidator) };
  }
  const { config } = value;
  if (config === null || commonValidator.Check(config)) return value;
  return { problem: faultOf("config", config, commonValidator) };
}

/** The settings of a definition, or why they are not valid. */
export function parseDefined(value: unknown): DefinedSettings | { readonly problem: string } {
  if (definedValidator.Check(value)) return value;
  return { problem: faultOf("definition", value, definedValidator) };
}
