/**
 * How the supervisor treats the agents of one type. Its row in `agents_config` beats its definition,
 * which beats the built-in default.
 */

import Type, { type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { INTERVAL_MS_DEFAULT } from "./agent.ts";
import { faultOf } from "./schema-fault.ts";

/** OTP's words: `permanent` always starts again, `transient` after a failure only, `temporary` never. */
const restartTypes = ["permanent", "transient", "temporary"] as const;

/** An agent that says it is done ends; one that fails is started again. */
const RESTART_TYPE_DEFAULT = "transient";

const config = Type.Record(Type.String(), Type.Unknown());
const restart = Type.Enum([...restartTypes]);
const restarts_max = Type.Integer({ minimum: 0, maximum: 1_000 });
const restarts_window_ms = Type.Integer({ minimum: 1, maximum: 86_400_000 });
const destroy_timeout_ms = Type.Integer({ minimum: 0, maximum: 3_600_000 });
const memory_mb = Type.Integer({ minimum: 16, maximum: 65_536 });
const interval_ms = Type.Integer({ minimum: 0, maximum: 86_400_000 });

function orNull<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** All in effect. A null means the setting of the process, or of the agent. */
export type AgentTypeSettings = Type.Static<typeof AgentTypeSettings>;
const AgentTypeSettings = Type.Object({
  name: Type.String(),
  config,
  restart,
  restarts_max,
  restarts_window_ms,
  destroy_timeout_ms: orNull(destroy_timeout_ms),
  memory_mb: orNull(memory_mb),
  interval_ms: orNull(interval_ms),
});

/** What a definition may set for its type. */
export type DefinedSettings = Type.Static<typeof DefinedSettings>;
const DefinedSettings = Type.Object({
  restart: Type.Optional(restart),
  restarts_max: Type.Optional(restarts_max),
  restarts_window_ms: Type.Optional(restarts_window_ms),
  destroy_timeout_ms: Type.Optional(destroy_timeout_ms),
  memory_mb: Type.Optional(memory_mb),
  interval_ms: Type.Optional(interval_ms),
});

/** One row of `agents_config`; null = as the definition says. */
export type ConfiguredSettings = Type.Static<typeof ConfiguredSettings>;
export const ConfiguredSettings = Type.Object({
  config: orNull(config),
  restart: orNull(restart),
  restarts_max: orNull(restarts_max),
  restarts_window_ms: orNull(restarts_window_ms),
  destroy_timeout_ms: orNull(destroy_timeout_ms),
  memory_mb: orNull(memory_mb),
  interval_ms: orNull(interval_ms),
});

/** In effect, the settings of the process and of agents filled in. */
export type SettingsInEffect = Type.Static<typeof SettingsInEffect>;
export const SettingsInEffect = Type.Object({
  config,
  restart,
  restarts_max,
  restarts_window_ms,
  destroy_timeout_ms,
  memory_mb,
  interval_ms,
});

/** What is to change in a row: null takes a setting out of it. */
export type SettingsChange = Partial<ConfiguredSettings>;
export const SettingsChange = Type.Object(
  {
    config: Type.Optional(orNull(config)),
    restart: Type.Optional(orNull(restart)),
    restarts_max: Type.Optional(orNull(restarts_max)),
    restarts_window_ms: Type.Optional(orNull(restarts_window_ms)),
    destroy_timeout_ms: Type.Optional(orNull(destroy_timeout_ms)),
    memory_mb: Type.Optional(orNull(memory_mb)),
    interval_ms: Type.Optional(orNull(interval_ms)),
  },
  { additionalProperties: false },
);

/** A row that sets nothing. */
export const nothingConfigured: ConfiguredSettings = {
  config: null,
  restart: null,
  restarts_max: null,
  restarts_window_ms: null,
  destroy_timeout_ms: null,
  memory_mb: null,
  interval_ms: null,
};

/** The built-in defaults of a type that has no row and whose definition says nothing. */
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
  };
}

/** What is in effect for a type. */
export function settingsInEffect(
  name: string,
  defined: DefinedSettings = {},
  configured: ConfiguredSettings = nothingConfigured,
): AgentTypeSettings {
  const builtIn = defaultTypeSettings(name);
  const own = configured.config?.["interval_ms"];
  return {
    name,
    config: configured.config ?? builtIn.config,
    restart: configured.restart ?? defined.restart ?? builtIn.restart,
    restarts_max: configured.restarts_max ?? defined.restarts_max ?? builtIn.restarts_max,
    restarts_window_ms:
      configured.restarts_window_ms ?? defined.restarts_window_ms ?? builtIn.restarts_window_ms,
    destroy_timeout_ms: configured.destroy_timeout_ms ?? defined.destroy_timeout_ms ?? null,
    memory_mb: configured.memory_mb ?? defined.memory_mb ?? null,
    // The row's defaults may name it, too.
    interval_ms:
      configured.interval_ms ??
      (typeof own === "number" ? own : undefined) ??
      defined.interval_ms ??
      null,
  };
}

/** What the settings of the process stand in for. */
export interface ProcessDefaults {
  readonly destroyTimeoutMs: number;
  readonly agentMemoryMb: number;
}

/** One type as outsiders are shown it. */
export interface TypeView {
  readonly name: string;
  /** `built-in`, or its module's path in the folder of agents. */
  readonly source: string;
  /** JSON Schema of the type's own config; null where it has none, or its library tells none. */
  readonly config_schema: Readonly<Record<string, unknown>> | null;
  /** In effect for what starts now, defaults filled in. */
  readonly settings: SettingsInEffect;
  /** Its row in `agents_config`; null where it has none. */
  readonly configured: ConfiguredSettings | null;
}

/** A type as its definition tells it. */
export interface DefinedType {
  readonly name: string;
  readonly source: string;
  readonly configSchema: Readonly<Record<string, unknown>> | null;
  readonly settings: DefinedSettings;
}

/** The view of a type. Pure. */
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
    config_schema: type.configSchema,
    settings: {
      ...settings,
      destroy_timeout_ms: destroy_timeout_ms ?? destroyTimeoutMs,
      memory_mb: memory_mb ?? agentMemoryMb,
      interval_ms: settings.interval_ms ?? INTERVAL_MS_DEFAULT,
    },
    configured: configured ?? null,
  };
}

const configuredValidator = Compile(ConfiguredSettings);
const definedValidator = Compile(DefinedSettings);

/** The settings of a row, or as text which of them cannot be what it is. */
export function parseConfigured(value: unknown): ConfiguredSettings | { readonly problem: string } {
  if (configuredValidator.Check(value)) return value;
  return { problem: faultOf("row", value, configuredValidator.Errors(value)) };
}

/** The settings of a definition, or as text which of them cannot be what it is. */
export function parseDefined(value: unknown): DefinedSettings | { readonly problem: string } {
  if (definedValidator.Check(value)) return value;
  return { problem: faultOf("definition", value, definedValidator.Errors(value)) };
}
