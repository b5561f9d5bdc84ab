/**
 * Secrets in the config of agents: values that the JSON Schema of their type marks with `writeOnly: true`
 * or `format: "password"`. Views have a mask in their place; the tables hold them as they are. Of a type
 * that is not known, every value may be a secret. Pure.
 * Invariant: loads no schema library, because every agent's thread loads this file.
 */

import { appliedSchemas, itemSchemas, MISSING_PART, propertySchemas } from "./applied-schemas.ts";
import { isObject } from "./parse-json.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** Stands for a secret in every view. No config may have it as a value, see masked-config.ts. */
export const MASK = "********";

/** The settings of every agent, whatever its type: none is a secret. type-settings.ts has their schema. */
export type CommonSetting = keyof typeof commonSettings;
const commonSettings = {
  interval_ms: true,
  initial_subject: true,
  unresponsive_timeout_ms: true,
  model: true,
} as const;

/**
 * The JSON Schema of a type's config: null = it is known to have none; undefined = the type is not known,
 * or not yet, or its module cannot be used.
 */
export type ConfigSchema = JsonObject | null | undefined;
export type FindConfigSchema = (type: string) => ConfigSchema;

/** True if the config has more than every agent may have. */
export function hasOwnSettings(config: JsonObject): boolean {
  return Object.keys(config).some((name) => !isCommon(name));
}

function isCommon(name: string): boolean {
  return Object.hasOwn(commonSettings, name);
}

/** The config with a mask in place of each secret; null is not a secret. */
export function maskConfig(config: JsonObject, schema: ConfigSchema): JsonObject {
  if (schema === null) return config;
  const masked = schema === undefined ? MASK : mask(config, [schema], schema);
  const entries = Object.entries(config).map(([name, value]) => {
    if (isCommon(name) || value === null) return [name, value];
    return [name, isObject(masked) ? masked[name] : MASK];
  });
  return Object.fromEntries(entries);
}

function mask(value: unknown, given: readonly unknown[], root: JsonObject): unknown {
  if (value === null || value === undefined) return value;
  const schemas = appliedSchemas(given, root);
  if (schemas.some(isSecret)) return MASK;
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const parts = schemas.flatMap((schema) => itemSchemas(schema, index));
      return mask(item, parts, root);
    });
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => {
    const parts = schemas.flatMap((schema) => propertySchemas(schema, name, root));
    return [name, mask(inner, parts, root)];
  });
  return Object.fromEntries(entries);
}

function isSecret(schema: JsonObject): boolean {
  return schema["writeOnly"] === true || schema["format"] === "password" || schema === MISSING_PART;
}

/** Keywords whose objects have a schema under each name: a name in them is not a keyword. */
const SCHEMA_MAPS: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
  "dependencies",
]);

/** The schema without secrets in its defaults and examples. */
export function maskSchema(root: JsonObject): JsonObject {
  const shown = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(shown);
    if (!isObject(part)) return part;
    const entries = Object.entries(part).map(([name, inner]) => {
      if (name === "default") return [name, mask(inner, [part], root)];
      if (name === "examples" && Array.isArray(inner))
        return [name, inner.map((example) => mask(example, [part], root))];
      return [name, SCHEMA_MAPS.has(name) && isObject(inner) ? eachShown(inner) : shown(inner)];
    });
    return Object.fromEntries(entries);
  };
  const eachShown = (parts: JsonObject) =>
    Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, shown(part)]));
  return shown(root) as JsonObject;
}

/** A view of an agent, or a row of a list, without the secrets of its config. */
export function maskAgent<Row extends { readonly agent_type: string; readonly config: JsonObject }>(
  row: Row,
  findSchema: FindConfigSchema,
): Row {
  return { ...row, config: maskConfig(row.config, findSchema(row.agent_type)) };
}

/** A view of an action without the secrets of the config in its payload. */
export function maskAction<View extends { readonly payload: unknown }>(
  view: View,
  findSchema: FindConfigSchema,
): View {
  const { payload } = view;
  if (typeof payload === "string") {
    // Text of another program that is shown unparsed: the config in it cannot be masked alone.
    return unescaped(payload).includes("config") ? { ...view, payload: MASK } : view;
  }
  const { config, agent_type } = Object(payload) as JsonObject;
  if (config === undefined || config === null) return view;
  // Without a type it is that of an agent that may exist, or the default.
  const schema = typeof agent_type === "string" ? findSchema(agent_type) : undefined;
  const masked = isObject(config) ? maskConfig(config, schema) : MASK;
  return { ...view, payload: { ...(payload as JsonObject), config: masked } };
}

/** JSON may have any character of a name as its number. */
function unescaped(text: string): string {
  return text.replace(/\\u([\da-f]{4})/gi, (_all, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Secrets of fewer characters are found in a text only as quoted text. */
const PLAIN_CHARS_MIN = 4;

/** The text, such as a schema library's message, with a mask in place of secrets that it quotes. */
export function maskText(text: string, config: JsonObject, schema: ConfigSchema): string {
  const found = new Set(secretTexts(config, maskConfig(config, schema)));
  const longestFirst = [...found].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((result, secret) => result.replaceAll(secret, MASK), text);
}

/** All texts in `value` that `masked` does not show. */
function secretTexts(value: unknown, masked: unknown): readonly string[] {
  if (masked === MASK) return leafTexts(value);
  if (typeof value !== "object" || value === null) return [];
  const shown = Object(masked) as JsonObject;
  return Object.entries(value).flatMap(([name, inner]) => secretTexts(inner, shown[name]));
}

function leafTexts(value: unknown): readonly string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(leafTexts);
  if (typeof value !== "string" && typeof value !== "number") return [];
  const plain = String(value);
  const quoted = JSON.stringify(plain);
  return plain.length < PLAIN_CHARS_MIN ? [quoted] : [plain, quoted.slice(1, -1)];
}
