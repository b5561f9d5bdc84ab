/** What a JSON Schema expects, as words of a message: `a whole number from 1 to 1000`. Pure. */

import { isObject } from "./parse-json.ts";

const form = Symbol("form");

/** A pattern of a schema with words for it. The words are under a symbol, so no JSON document shows them. */
export function patternOf(pattern: string, words: string) {
  return { pattern, [form]: words };
}

type Schema = Readonly<Record<string | symbol, unknown>>;

/** Undefined if there are no words for it. */
export function wordsOfSchema(schema: unknown): string | undefined {
  if (!isObject(schema)) return undefined;
  if (Array.isArray(schema["enum"])) return oneOf(schema["enum"]);
  if ("const" in schema) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["anyOf"])) return wordsOfUnion(schema["anyOf"]);
  return joined(kindsOf(schema).map((kind) => wordsOfKind(kind, schema)));
}

/** Without a type, the bounds say whose they are. */
function kindsOf(schema: Schema): readonly unknown[] {
  const { type } = schema;
  if (type !== undefined) return Array.isArray(type) ? type : [type];
  return ["minimum", "maximum"].some((bound) => bound in schema) ? ["number"] : ["string"];
}

/** A union of constants is a list of them. */
function wordsOfUnion(parts: readonly unknown[]): string | undefined {
  const isConstant = (part: unknown) => isObject(part) && "const" in part;
  if (parts.every(isConstant)) return oneOf(parts.map((part) => (part as Schema)["const"]));
  return joined(parts.map(wordsOfSchema));
}

function oneOf(values: readonly unknown[]): string {
  return `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;
}

function joined(words: readonly (string | undefined)[]): string | undefined {
  return words.includes(undefined) ? undefined : words.join(" or ");
}

function wordsOfKind(kind: unknown, schema: Schema): string | undefined {
  switch (kind) {
    case "integer":
      return `a whole number${rangeOf(schema)}`;
    case "number":
      return `a number${rangeOf(schema)}`;
    case "string":
      return `text${formOf(schema)}${countOf(schema["minLength"], schema["maxLength"], "character")}`;
    case "array":
      return `a list${countOf(schema["minItems"], schema["maxItems"], "item")}`;
    case "object":
      return `an object${countOf(schema["minProperties"], schema["maxProperties"], "field")}`;
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    default:
      return undefined;
  }
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const bounds = [
    [" of at least", minimum],
    [" above", exclusiveMinimum],
    [" of at most", maximum],
    [" below", exclusiveMaximum],
  ] as const;
  const given = bounds.filter(([, bound]) => bound !== undefined);
  return given.map(([words, bound]) => `${words} ${bound}`).join(" and");
}

function formOf(schema: Schema): string {
  const { pattern, [form]: words } = schema;
  if (typeof words === "string") return ` of ${words}`;
  return pattern === undefined ? "" : ` that matches ${pattern}`;
}

function countOf(least: unknown, most: unknown, unit: string): string {
  if (least === undefined && most === undefined) return "";
  const units = (most ?? least) === 1 ? unit : `${unit}s`;
  if (most === undefined) return ` of at least ${least} ${units}`;
  return ` of ${least === undefined ? "at most" : `${least} to`} ${most} ${units}`;
}
