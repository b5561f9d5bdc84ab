/** Why a value does not fit a schema, in one sentence: the place, the expected value, the given one. Pure. */

import { cutText } from "./cut-text.ts";
import { excerpt } from "./ids.ts";
import { isObject } from "./parse-json.ts";
import { wordsOfSchema } from "./schema-words.ts";

/** Longest path in a message, in characters: it may contain keys of the value. */
const WHERE_CHARS_MAX = 200;

/** An error as TypeBox reports it. */
interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** A compiled schema, as TypeBox makes it. */
interface Checked {
  Type(): unknown;
  Errors(value: unknown): readonly SchemaError[];
}

/**
 * @param name the name of the whole value in the message
 * @param show a value as the message has it
 */
export function faultOf(
  name: string,
  value: unknown,
  checked: Checked,
  show: (given: unknown) => string = excerpt,
): string {
  const { sentence, at } = demandOf(name, value, checked);
  return at === undefined ? sentence : `${sentence}, got ${show(at.reduce(childOf, value))}`;
}

interface Demand {
  /** Without the given value. */
  readonly sentence: string;
  /** Where the given value is; undefined if the sentence names it. */
  readonly at?: readonly string[];
}

/** What the value would have to be. For callers whose messages must not have the value. */
export function demandOf(name: string, value: unknown, checked: Checked): Demand {
  const errors = checked.Errors(value);
  const unknown = errors.find(({ keyword }) => keyword === "additionalProperties");
  const first = unknown ?? errors.find(({ keyword }) => keyword !== "boolean");
  if (first === undefined) return { sentence: `${name} is not valid` };
  const at = partsOf(first.instancePath);
  const where = describe(name, at);
  const params = first.params as Readonly<Record<string, unknown>>;
  const schema = partsOf(first.schemaPath).reduce(childOf, checked.Type());
  if (first.keyword === "additionalProperties") {
    const known = Object.keys(childOf(schema, "properties") ?? {});
    const expected = known.length === 0 ? "it takes none" : `known are ${known.join(", ")}`;
    const fields = listOf(params["additionalProperties"]);
    return { sentence: `${where} has no field ${fields}; ${expected}` };
  }
  if (first.keyword === "required") {
    return { sentence: `${where} must have ${listOf(params["requiredProperties"])}`, at };
  }
  const words = wordsOfSchema(unionOf(first, errors, checked) ?? schema);
  return { sentence: `${where} ${words === undefined ? first.message : `must be ${words}`}`, at };
}

/** `body.guidance`, and `payload of agent_interrupt: guidance`. */
function describe(name: string, path: readonly string[]): string {
  if (path.length === 0) return name;
  const separator = name.includes(" ") ? ": " : ".";
  return cutText(`${name}${separator}${path.join(".")}`, WHERE_CHARS_MAX);
}

/** The outermost union that the value does not fit: the error is that of one of its parts. */
function unionOf(
  { instancePath }: SchemaError,
  errors: readonly SchemaError[],
  checked: Checked,
): unknown {
  const unions = errors.filter(
    (error) => error.keyword === "anyOf" && error.instancePath === instancePath,
  );
  const outermost = unions.at(-1);
  return outermost && partsOf(outermost.schemaPath).reduce(childOf, checked.Type());
}

function listOf(values: unknown): string {
  return (Array.isArray(values) ? values : [values]).map((value) => excerpt(value)).join(", ");
}

function childOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The parts of a JSON pointer, without its two escapes. */
function partsOf(pointer: string): readonly string[] {
  const parts = pointer.split("/").slice(1);
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}
