/**
 * The parts of a JSON Schema that may apply to a value and to what is in it, for the drafts from 7 on:
 * of all branches, because which of them holds is not checked. Pure.
 *
 * Rejected: a validator that collects annotations. It would run any schema on the main thread, and would
 * find nothing in a value that is not valid.
 */

import { isObject } from "./parse-json.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Longest name that is compared with the patterns of a schema, in characters. */
const NAME_CHARS_MAX = 128;

/** In place of a part that a reference names and that was not found: nothing is known of the value. */
export const MISSING_PART: Schema = {};

/** The schemas themselves and all parts that may apply to the same value. Each is listed once. */
export function appliedSchemas(given: readonly unknown[], root: Schema): readonly Schema[] {
  const found = new Set(given.filter(isObject));
  // The set grows while it is read.
  for (const schema of found) {
    for (const part of partsInPlace(schema, root)) if (isObject(part)) found.add(part);
  }
  return [...found];
}

function partsInPlace(schema: Schema, root: Schema): readonly unknown[] {
  const single = ["if", "then", "else", "not"].map((name) => schema[name]);
  // Whatever the value has: without the property that they depend on, a secret would be shown.
  const dependent = ["dependentSchemas", "dependencies"].flatMap((name) =>
    Object.values(objectOf(schema[name])),
  );
  const alternatives = ["anyOf", "oneOf"].flatMap((name) => listOf(schema[name]));
  return [...certainParts(schema, root), ...alternatives, ...single, ...dependent];
}

/** Parts that apply to the same value in any case. */
function certainParts(schema: Schema, root: Schema): readonly unknown[] {
  const references = ["$ref", "$dynamicRef", "$recursiveRef"].filter((name) => name in schema);
  const named = references.map((name) => findNamed(schema[name], root) ?? MISSING_PART);
  return [...named, ...listOf(schema["allOf"])];
}

export function propertySchemas(schema: Schema, name: string, root: Schema): readonly unknown[] {
  const { parts, isListed } = listedParts(schema, name);
  if (isListed) return parts;
  const rest = [...parts, schema["additionalProperties"]];
  const certain = new Set<unknown>([schema]);
  for (const part of certain) {
    if (!isObject(part)) continue;
    if (part["additionalProperties"] !== undefined || listedParts(part, name).isListed) return rest;
    for (const next of certainParts(part, root)) certain.add(next);
  }
  return [...rest, schema["unevaluatedProperties"]];
}

interface ListedParts {
  readonly parts: readonly unknown[];
  /** True if the schema certainly has the name, so that it is not an additional one. */
  readonly isListed: boolean;
}

function listedParts(schema: Schema, name: string): ListedParts {
  const properties = objectOf(schema["properties"]);
  const isNamed = Object.hasOwn(properties, name);
  const patterns = Object.entries(objectOf(schema["patternProperties"])).map(([pattern, part]) => ({
    part,
    fits: fits(pattern, name),
  }));
  const parts = patterns.filter(({ fits }) => fits !== false).map(({ part }) => part);
  return {
    parts: isNamed ? [properties[name], ...parts] : parts,
    isListed: isNamed || patterns.some(({ fits }) => fits === true),
  };
}

/**
 * Undefined if that is not known: the pattern is a user's and runs on the main thread, so one that
 * repeats a group, which may take forever, is not tried.
 */
function fits(pattern: string, name: string): boolean | undefined {
  if (name.length > NAME_CHARS_MAX || /\)[*+{]/.test(pattern)) return undefined;
  try {
    return new RegExp(pattern, "u").test(name);
  } catch {
    return undefined;
  }
}

export function itemSchemas(schema: Schema, index: number): readonly unknown[] {
  const { items, prefixItems, additionalItems, contains, unevaluatedItems } = schema;
  const first = listOf(Array.isArray(items) ? items : prefixItems);
  const rest = Array.isArray(items) ? additionalItems : items;
  const listed = index < first.length ? first[index] : rest;
  return [listed, contains, listed === undefined ? unevaluatedItems : undefined];
}

/** The part that a reference within the schema names; undefined if there is none. */
function findNamed(reference: unknown, root: Schema): unknown {
  if (typeof reference !== "string") return undefined;
  if (reference === "#") return root;
  if (reference.startsWith("#/")) return findPointed(reference.slice(2), root);
  const named = { ...objectOf(root["definitions"]), ...objectOf(root["$defs"]) };
  const found = Object.entries(named).find(([name, part]) => {
    const { $id, $anchor, $dynamicAnchor } = objectOf(part);
    return [name, $id, `#${$anchor}`, `#${$dynamicAnchor}`].includes(reference);
  });
  return found?.[1];
}

/** By a JSON pointer in a URI's fragment, without its first slash. */
function findPointed(pointer: string, root: Schema): unknown {
  return pointer.split("/").reduce<unknown>((at, part) => {
    if (typeof at !== "object" || at === null) return undefined;
    const name = decoded(part).replaceAll("~1", "/").replaceAll("~0", "~");
    return Object.hasOwn(at, name) ? (at as Schema)[name] : undefined;
  }, root);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: unknown): Schema {
  return isObject(value) ? value : {};
}
