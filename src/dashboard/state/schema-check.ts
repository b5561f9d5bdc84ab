/**
 * Checks a config or guidance against the JSON Schema of its type as far as a form can while somebody
 * types: types, unknown properties, choices, forms and bounds. The server checks the rest. Pure.
 */

import { isObject } from "../../model/parse-json.ts";
import { wordsOfSchema } from "../../model/schema-words.ts";
import { formsOf, resolve, type Schema } from "./json-schema.ts";

/** Deeper parts are left to the server; schemas may refer to themselves. */
const DEPTH_MAX = 64;
/** Characters of a value that an error quotes. */
const QUOTED_MAX = 60;

/** Where a part is, and what counts for it. */
interface Place {
  readonly path: string;
  readonly depth: number;
  readonly root: Schema;
  /**
   * What was found for a schema and an object or list, which is at one path only. Without it, forms that
   * contain each other would be checked again for each combination of forms above them.
   */
  readonly found: Map<Schema, Map<object, string | null>>;
  /** False: missing properties may come from elsewhere. */
  readonly isWhole: boolean;
}

/**
 * What is wrong with the first faulty part of a config; null if nothing is. Missing properties may come
 * from the type's settings.
 */
export function findConfigFault(schema: Schema, value: unknown): string | null {
  return findFault(schema, value, rootPlace("config", schema, false));
}

/** What is wrong with the first faulty part of guidance; null if nothing is. */
export function findGuidanceFault(schema: Schema, value: unknown): string | null {
  return findFault(schema, value, rootPlace("guidance", schema, true));
}

function rootPlace(path: string, root: Schema, isWhole: boolean): Place {
  return { path, depth: 0, root, found: new Map(), isWhole };
}

function findFault(given: Schema, value: unknown, place: Place): string | null {
  if (place.depth > DEPTH_MAX) return null;
  const schema = resolve(given, place.root);
  if (typeof value !== "object" || value === null) return findNewFault(schema, value, place);
  const found = place.found.get(schema) ?? new Map<object, string | null>();
  place.found.set(schema, found);
  const known = found.get(value);
  if (known !== undefined) return known;
  const fault = findNewFault(schema, value, place);
  found.set(value, fault);
  return fault;
}

function findNewFault(schema: Schema, value: unknown, place: Place): string | null {
  const { path, depth, root } = place;
  const below = { ...place, depth: depth + 1 };
  if (schema.$ref !== undefined) return findFault(schema, value, below);
  if (!isAlone(schema, value)) {
    const expected = wordsOfSchema({ ...schema, anyOf: undefined });
    return `${path} must be ${expected}, got ${quoted(value)}`;
  }
  const forms = formsOf(schema, root);
  const formFault = forms.length === 0 ? null : findFormFault(forms, value, below);
  if (formFault !== null) return formFault;
  if (Array.isArray(value)) return findItemFault(schema, value, below);
  return isObject(value) ? findObjectFault(schema, value, below) : null;
}

/** True if the value is what the schema itself expects of it, without its forms and the parts of the value. */
function isAlone(schema: Schema, value: unknown): boolean {
  const kinds = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  if (kinds.length > 0 && !kinds.some((kind) => isOfKind(value, kind))) return false;
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false;
  if (isScalar(schema.const) && schema.const !== value) return false;
  if (typeof value === "number") return isWithin(value, schema.minimum, schema.maximum);
  return typeof value !== "string" || isWithin(value.length, schema.minLength, schema.maxLength);
}

function isWithin(size: number, least = -Infinity, most = Infinity): boolean {
  return size >= least && size <= most;
}

/** If one form alone has the constants of the value, the value was meant to fit that one. */
function findFormFault(forms: readonly Schema[], value: unknown, place: Place): string | null {
  const faults: string[] = [];
  for (const form of forms) {
    const fault = findFault(form, value, place);
    if (fault === null) return null;
    faults.push(fault);
  }
  const meant = faults.filter((_, index) => hasConstants(forms[index], value));
  return (meant.length === 1 ? meant : [...new Set(faults)]).join("; or ");
}

function hasConstants(form: Schema | undefined, value: unknown): boolean {
  if (!isObject(value)) return false;
  const constants = Object.entries(form?.properties ?? {}).filter(([, part]) =>
    isScalar(part.const),
  );
  return constants.length > 0 && constants.every(([name, part]) => part.const === value[name]);
}

function findItemFault({ items }: Schema, value: readonly unknown[], place: Place): string | null {
  if (!isObject(items)) return null;
  for (const [index, item] of value.entries()) {
    const fault = findFault(items, item, { ...place, path: `${place.path}.${index}` });
    if (fault !== null) return fault;
  }
  return null;
}

function findObjectFault(
  { properties = {}, required = [], additionalProperties }: Schema,
  value: Readonly<Record<string, unknown>>,
  place: Place,
): string | null {
  const { path, isWhole } = place;
  const known = new Map(Object.entries(properties));
  for (const [name, part] of Object.entries(value)) {
    const schema = known.get(name);
    if (schema === undefined && additionalProperties === false) {
      return `${path}.${name} is unknown; known are ${[...known.keys()].join(", ")}`;
    }
    const at = { ...place, path: `${path}.${name}` };
    const fault = schema === undefined ? null : findFault(schema, part, at);
    if (fault !== null) return fault;
  }
  const missing = isWhole ? required.find((name) => !Object.hasOwn(value, name)) : undefined;
  if (missing === undefined) return null;
  const part = known.get(missing);
  const expected = part?.type === undefined ? "" : `, expected ${wordsOfSchema(part)}`;
  return `${path}.${missing} is missing${expected}`;
}

function isOfKind(value: unknown, kind: string): boolean {
  switch (kind) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "null":
      return value === null;
    case "number":
    case "string":
    case "boolean":
      return typeof value === kind;
    default:
      return true;
  }
}

function isScalar(value: unknown): boolean {
  return value !== undefined && (value === null || typeof value !== "object");
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= QUOTED_MAX ? text : `${text.slice(0, QUOTED_MAX)}…`;
}
