/**
 * The JSON Schemas of a type's config and of its guidance, if their library can produce them. The schema
 * is foreign code.
 */

type SchemaData = Readonly<Record<string, unknown>>;

/** Longest schema that is reported, in characters of its JSON text. */
const SCHEMA_CHARACTERS_MAX = 64 * 1024;

/** Its library cannot export it, or it is too long: which values are secrets is not known, so all are. */
const UNREADABLE: SchemaData = { writeOnly: true };

/** As plain JSON data; null if the type has no schema, or one whose library has no JSON Schema. */
export function toConfigSchema(schema: unknown): SchemaData | null {
  const found = exportSchema(schema);
  return found === "unreadable" ? UNREADABLE : found;
}

/** Null, too, if its library cannot export it: guidance has no secrets. */
export function toGuidanceSchema(schema: unknown): SchemaData | null {
  const found = exportSchema(schema);
  return found === "unreadable" ? null : found;
}

function exportSchema(schema: unknown): SchemaData | null | "unreadable" {
  try {
    const found = find(schema);
    if (found === undefined) return null;
    const text = JSON.stringify(found);
    if (text.length > SCHEMA_CHARACTERS_MAX) return "unreadable";
    const parsed = JSON.parse(text) as unknown;
    return isObject(parsed) ? parsed : "unreadable";
  } catch {
    return "unreadable";
  }
}

/** Zod then exports a schema with a part that JSON Schema does not have, such as a date. */
const libraryOptions = { unrepresentable: "any" };

function find(schema: unknown): unknown {
  if (!isObject(schema) && typeof schema !== "function") return undefined;
  const { "~standard": standard, toJSONSchema, toJsonSchema } = schema as SchemaData;
  // https://standardschema.dev/json-schema, as zod has it from 4.2 on.
  const converter = isObject(standard) ? standard["jsonSchema"] : undefined;
  if (isObject(converter) && typeof converter["input"] === "function") {
    return converter["input"]({ target: "draft-2020-12", libraryOptions });
  }
  // The methods of Zod 4 and ArkType.
  if (typeof toJSONSchema === "function")
    return toJSONSchema.call(schema, { ...libraryOptions, io: "input" });
  if (typeof toJsonSchema === "function") return toJsonSchema.call(schema);
  return undefined;
}

function isObject(value: unknown): value is SchemaData {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
