/**
 * Checks each part of a request against the schema of its route. Text of a query, a path or a
 * header becomes a number if the schema requires one; nothing else is converted. The
 * message names the field, what was expected and what was found.
 */

import type { FastifySchemaCompiler } from "fastify";
import type { TObject } from "typebox";
import { Compile } from "typebox/compile";
import { TroupeError } from "../../model/errors.ts";
import { faultOf } from "../../model/schema-fault.ts";

/** Names in messages for Fastify's names of a request's parts. */
const partNames: Readonly<Record<string, string>> = {
  body: "body",
  querystring: "query",
  params: "path",
  headers: "headers",
};

export const compileValidator: FastifySchemaCompiler<TObject> = ({ schema, httpPart = "" }) => {
  const validator = Compile(schema);
  const part = partNames[httpPart] ?? httpPart;
  const numbers = Object.entries(schema.properties).flatMap(([name, property]) => {
    const { type } = property as { readonly type?: unknown };
    const form = typeof type === "string" ? numberForms[type] : undefined;
    return form === undefined ? [] : [{ name, form }];
  });
  return (given: unknown) => {
    // No body counts as an empty one.
    const value = httpPart === "body" ? (given ?? {}) : withNumbers(given, numbers);
    if (validator.Check(value)) return { value };
    const fault = faultOf(part, value, validator);
    return { error: new TroupeError("REQUEST_INVALID", fault) };
  };
};

/** How text must look to be a number, by the type that the schema requires. */
const numberForms: Readonly<Record<string, RegExp>> = {
  integer: /^-?\d{1,16}$/,
  number: /^-?\d{1,15}(\.\d{1,9})?$/,
};

interface NumberField {
  readonly name: string;
  readonly form: RegExp;
}

function withNumbers(given: unknown, fields: readonly NumberField[]): unknown {
  const query = { ...(given as Record<string, unknown>) };
  for (const { name, form } of fields) {
    const text = query[name];
    if (typeof text !== "string" || !form.test(text)) continue;
    const number = Number(text);
    // A longer one would become another number; as text it is refused with all its digits.
    if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) query[name] = number;
  }
  return query;
}
