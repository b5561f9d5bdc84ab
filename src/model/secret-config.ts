/**
 * Secrets in the config of agents: values that the JSON Schema of their type marks with `writeOnly: true`
 * or `format: "password"`. Views show a mask in their place; the tables hold them as they are. Pure.
 */

type JsonObject = Readonly<Record<string, unknown>>;

/** Stands for a secret in every view. A config that is sent back with it keeps the secret. */
export const MASK = "********";

/** Deepest schema that is followed: one may refer to itself. */
const DEPTH_MAX = 20;

/** The JSON Schemas of types, by name; null for one without. */
export type ConfigSchemas = ReadonlyMap<string, JsonObject | null>;

/** The config with a mask in place of each secret. */
export function maskConfig(config: JsonObject, schema: JsonObject | null | undefined): JsonObject {
  return schema == null
    ? config
    : (replace(config, config, { schema, root: schema }) as JsonObject);
}

/** The config with the stored secret where it has the mask. */
export function unmaskConfig(
  config: JsonObject,
  stored: JsonObject,
  schema: JsonObject | null | undefined,
): JsonObject {
  if (schema == null) return config;
  return replace(config, stored, { schema, root: schema, isBack: true }) as JsonObject;
}

/** A view of an agent, or a row of a list, without the secrets of its config. */
export function maskAgent<Row extends { readonly agent_type: string; readonly config: JsonObject }>(
  row: Row,
  schemas: ConfigSchemas,
): Row {
  return { ...row, config: maskConfig(row.config, schemas.get(row.agent_type)) };
}

/** A view of an action without the secrets of the config in its payload. */
export function maskAction<View extends { readonly payload: unknown }>(
  view: View,
  schemas: ConfigSchemas,
): View {
  const { config, agent_type } = Object(view.payload) as Readonly<Record<string, unknown>>;
  if (!isObject(config)) return view;
  // Without a type it is that of an agent that exists, or the default.
  const named = typeof agent_type === "string" ? schemas.get(agent_type) : undefined;
  const own = named === undefined ? [...schemas.values()] : [named];
  const masked = own.reduce<JsonObject>(maskConfig, config);
  return { ...view, payload: { ...(view.payload as JsonObject), config: masked } };
}

interface Place {
  readonly schema: unknown;
  /** The whole schema, for references in it. */
  readonly root: JsonObject;
  /** True if masks are replaced by secrets, and not secrets by masks. */
  readonly isBack?: boolean;
  readonly depth?: number;
}

/** @param stored the value at the same place in the stored config */
function replace(value: unknown, stored: unknown, place: Place): unknown {
  const { root, isBack = false, depth = 0 } = place;
  const schema = resolved(place.schema, root);
  if (!isObject(schema) || value === undefined || value === null || depth > DEPTH_MAX) return value;
  if (schema["writeOnly"] === true || schema["format"] === "password") {
    if (!isBack) return MASK;
    return value === MASK ? stored : value;
  }
  const under = (inner: unknown): Place => ({ schema: inner, root, isBack, depth: depth + 1 });
  const branches = ["allOf", "anyOf", "oneOf"].flatMap((name) => listOf(schema[name]));
  const result = branches.reduce((before, branch) => replace(before, stored, under(branch)), value);
  if (Array.isArray(result)) {
    const first = listOf(schema["prefixItems"]);
    const was = listOf(stored);
    return result.map((item, n) => replace(item, was[n], under(first[n] ?? schema["items"])));
  }
  if (!isObject(result)) return result;
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const was = isObject(stored) ? stored : {};
  const entries = Object.entries(result).map(([name, inner]) => {
    const innerSchema = Object.hasOwn(properties, name)
      ? properties[name]
      : schema["additionalProperties"];
    return [name, replace(inner, was[name], under(innerSchema))];
  });
  return Object.fromEntries(entries);
}

/** The schema that a local reference, such as `#/$defs/key`, names. */
function resolved(schema: unknown, root: JsonObject): unknown {
  if (!isObject(schema) || typeof schema["$ref"] !== "string") return schema;
  const parts = schema["$ref"].split("/").slice(1);
  const found = parts.reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), root);
  return isObject(found) && isObject(schema) ? { ...found, ...withoutRef(schema) } : schema;
}

function withoutRef({ $ref: _ref, ...rest }: JsonObject): JsonObject {
  return rest;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
