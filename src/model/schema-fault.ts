/** Why a value does not fit a schema, in one sentence: the place, the expected value, the given one. Pure. */

import { cutText } from "./cut-text.ts";
import { excerpt } from "./ids.ts";

/** Longest path in a message, in characters: it may contain keys of the value. */
const WHERE_CHARS_MAX = 200;

/** An error as TypeBox reports it. */
interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/**
 * @param name the name of the whole value in the message
 * @param show a value as the message has it
 */
export function faultOf(
  name: string,
  value: unknown,
  errors: readonly SchemaError[],
  show: (given: unknown) => string = excerpt,
): string {
  const unknown = errors.find(({ keyword }) => keyword === "additionalProperties");
  const first = unknown ?? errors.find(({ keyword }) => keyword !== "boolean");
  if (first === undefined) return `${name} is not valid`;
  const path = first.instancePath.split("/").slice(1).map(withoutEscapes);
  const where = cutText([name, ...path].join("."), WHERE_CHARS_MAX);
  const params = first.params as Readonly<Record<string, unknown>>;
  const given = show(path.reduce(childOf, value));
  switch (first.keyword) {
    case "additionalProperties":
      return `${where} has no field ${listOf(params["additionalProperties"])}`;
    case "required":
      return `${where} must have ${listOf(params["requiredProperties"])}, got ${given}`;
    case "enum":
      return `${where} must be one of ${listOf(params["allowedValues"])}, got ${given}`;
    case "const":
      return `${where} must be one of ${listOf(allowedAt(first.instancePath, errors))}, got ${given}`;
    default:
      return `${where} ${first.message}, got ${given}`;
  }
}

/** A union of literals fails once for each of them. */
function allowedAt(path: string, errors: readonly SchemaError[]): readonly unknown[] {
  return errors
    .filter(({ keyword, instancePath }) => keyword === "const" && instancePath === path)
    .map(({ params }) => (params as { allowedValue?: unknown }).allowedValue);
}

function listOf(values: unknown): string {
  return (Array.isArray(values) ? values : [values]).map((value) => excerpt(value)).join(", ");
}

function childOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** Undoes a JSON pointer's two escapes. */
function withoutEscapes(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
