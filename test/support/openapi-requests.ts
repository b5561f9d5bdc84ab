/** Requests of an operation, made of its document: valid ones, nearly valid ones, and nonsense. */

import fc from "fast-check";
import type { Interface, JsonSchema, Operation, Parameter } from "./openapi.ts";

export interface GeneratedRequest {
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** By the document: then it must not be refused as malformed. */
  readonly isValid: boolean;
}

type Given = readonly (readonly [Parameter, string | undefined])[];

export function requestsOf(face: Interface, operation: Operation): fc.Arbitrary<GeneratedRequest> {
  const values = new Values(face);
  const given = operation.parameters.map((parameter) => {
    const right = values.texts(parameter.schema);
    const text = fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: nonsense });
    const isPath = parameter.in === "path";
    const value = isPath
      ? text.map((t) => t || "known")
      : fc.option(text, { nil: undefined, freq: 2 });
    return fc.tuple(fc.constant(parameter), value);
  });
  const { body } = operation;
  return fc
    .record({
      given: fc.tuple(...given),
      sent: body === undefined ? fc.constant(undefined) : values.bodies(body),
    })
    .map(({ given: parameters, sent }) => ({
      path: pathOf(operation, parameters),
      headers: headersOf(parameters),
      body: sent,
      isValid: areValid(face, parameters) && (body === undefined || isValidBody(face, body, sent)),
    }));
}

function pathOf({ path }: Operation, given: Given): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const [{ name, in: place }, value] of given) {
    if (value === undefined) continue;
    const part = encodeURIComponent(value).replaceAll(".", "%2E");
    if (place === "path") filled = filled.replace(`{${name}}`, () => part);
    if (place === "query") query.set(name, value);
  }
  return query.size === 0 ? filled : `${filled}?${query}`;
}

function headersOf(given: Given): Readonly<Record<string, string>> {
  const sent = given.filter(([{ in: place }, value]) => place === "header" && isHeader(value));
  return Object.fromEntries(
    sent.map(([{ name }, value = ""]) => [name, name === "prefer" ? "wait=5" : value]),
  );
}

function areValid(face: Interface, given: Given): boolean {
  return given.every(([{ name, in: place, schema }, value]) => {
    if (value === undefined || (place === "header" && !isHeader(value))) return true;
    // A cursor is text, but not any text.
    if (name === "cursor") return false;
    if (name === "prefer") return true;
    const isNumber = schema.type === "integer" && /^-?\d{1,15}$/.test(value);
    return face.isValid(schema, isNumber ? Number(value) : value);
  });
}

/** Keys that would reach an object's prototype are refused wherever they stand. */
function isValidBody(face: Interface, schema: JsonSchema, sent: unknown): boolean {
  if (typeof sent === "string" || /"(__proto__|prototype)":/.test(JSON.stringify(sent ?? {}))) {
    return false;
  }
  return face.isValid(schema, sent ?? {});
}

/** What a client can send as a header, and the server gets as it was sent. */
function isHeader(value: string | undefined): boolean {
  return value !== undefined && /^[\x20-\x7e]*$/.test(value) && value.trim() === value;
}

const nonsense = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("' OR '1'='1", "../..", "%00", "-1", "1e9", "null", "x".repeat(300)),
);

/** Values of a schema, mostly: now and then a field is left out, put in or is something else. */
class Values {
  readonly #face: Interface;

  constructor(face: Interface) {
    this.#face = face;
  }

  bodies(schema: JsonSchema): fc.Arbitrary<unknown> {
    return fc.oneof(
      { weight: 6, arbitrary: this.of(schema) },
      { weight: 2, arbitrary: fc.jsonValue() },
      { weight: 1, arbitrary: fc.string() },
      { weight: 1, arbitrary: fc.constant(undefined) },
    );
  }

  /** As text, for the path, the query and headers. */
  texts(schema: JsonSchema): fc.Arbitrary<string> {
    return this.of(schema).map(String);
  }

  of(given: JsonSchema): fc.Arbitrary<unknown> {
    const schema = this.#face.resolve(given);
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => this.of(one)));
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    switch (schema.type) {
      case "string":
        return strings(schema);
      case "integer":
      case "number":
        return fc.integer({
          min: Math.ceil(schema.minimum ?? -1_000),
          max: Math.min(schema.maximum ?? 1_000, 2 ** 31 - 1),
        });
      case "array":
        return fc.array(this.of(schema.items ?? {}), { maxLength: 4 });
      case "object":
        return this.#objects(schema);
      default:
        return fc.jsonValue();
    }
  }

  #objects(schema: JsonSchema): fc.Arbitrary<unknown> {
    const { properties = {}, required = [] } = schema;
    const entries = Object.entries(properties).map(([name, property]) => {
      const other = { weight: 1, arbitrary: fc.jsonValue() };
      return [name, fc.oneof({ weight: 12, arbitrary: this.of(property) }, other)] as const;
    });
    const known = fc.record(Object.fromEntries(entries), { requiredKeys: [...required] });
    const more = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue(), {
      minKeys: 1,
      maxKeys: 2,
    });
    const both = fc.tuple(more, known).map(([other, own]) => ({ ...other, ...own }));
    const isOpen = schema.additionalProperties !== false;
    return fc.oneof({ weight: 8, arbitrary: known }, { weight: isOpen ? 8 : 1, arbitrary: both });
  }
}

function strings({ pattern }: JsonSchema): fc.Arbitrary<string> {
  if (pattern === undefined) return fc.string({ maxLength: 20 });
  return fc.oneof(fc.constant("known"), fc.stringMatching(new RegExp(pattern)));
}
