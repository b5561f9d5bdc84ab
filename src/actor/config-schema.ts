/** The JSON Schema of a type's config, if its library can produce one. The schema is foreign code. */

type SchemaData = Readonly<Record<string, unknown>>;

/** Longest schema that is reported, in characters of its JSON text. */
const SCHEMA_CHARACTERS_MAX = 64 * 1024;

/** As plain JSON data; null if the type has no schema, or its schema has no JSON form. */
export function toConfigSchema(schema: unknown): SchemaData | null {
  try {
    const text = JSON.stringify(find(schema)) as string | undefined;
    if (text === undefined || text.length > SCHEMA_CHARACTERS_MAX) return null;
    const parsed = JSON.parse(text) as unknown;
    return isObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function find(schema: unknown): unknown {
  if (!isObject(schema) && typeof schema !== "function") return undefined;
  const { "~standard": standard, toJSONSchema, toJsonSchema } = schema as SchemaData;
  // https://standardschema.dev/json-schema, as zod has it from 4.2 on.
  const converter = isObject(standard) ? standard["jsonSchema"] : undefined;
  if (isObject(converter) && typeof converter["input"] === "function") {
    return converter["input"]({ target: "draft-2020-12" });
  }
  // The methods of Zod 4 and ArkType.
  if (typeof toJSONSchema === "function") return toJSONSchema.call(schema);
  if (typeof toJsonSchema === "function") return toJsonSchema.call(schema);
  return undefined;
}

function isObject(value: unknown): value is SchemaData {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
