/**
 * Checks each part of a request against the schema of its route. Text of a query, a path or a
 * header becomes a number if the schema requires one; nothing else is converted. The
 * message names the field, what was expected and what was found.
 */

import type { FastifyRequest, FastifySchemaCompiler } from "fastify";
import Type, { type TObject } from "typebox";
import { Compile } from "typebox/compile";
import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import { faultOf } from "../../model/schema-fault.ts";
import type { App } from "../routes/route-parts.ts";

/** Names in messages for Fastify's names of a request's parts. */
const partNames: Readonly<Record<string, string>> = {
  body: "body",
  querystring: "query",
  params: "path",
  headers: "headers",
};

/**
 * A query whose percent escapes are not UTF-8, which would be read as other text. Fastify refuses such a path.
 */
export function refuseBadEscapes(app: App): void {
  app.addHook("onRequest", async ({ url }) => {
    const [, query = ""] = /\?(.*)$/s.exec(url) ?? [];
    if (!query.includes("%")) return;
    try {
      decodeURIComponent(query);
    } catch {
      const text = `query must have UTF-8 in its percent escapes, got ${excerpt(query)}`;
      throw new TroupeError("REQUEST_INVALID", text);
    }
  });
}

const WRITES: ReadonlySet<string> = new Set(["POST", "PATCH", "DELETE"]);

const NoFields = Type.Object({}, { additionalProperties: false });

/**
 * A write that declares no query takes none, and one that declares no body takes none: neither
 * `POST …/pause?reason=lunch` nor a `DELETE` with `{"reason": "lunch"}` may lose the reason. Must be called
 * before the routes are added.
 */
export function refuseIgnoredInput(app: App): void {
  app.addHook("onRoute", (route) => {
    const isWrite = [route.method].flat().some((method) => WRITES.has(method));
    if (!isWrite) return;
    const { body, querystring = NoFields } = route.schema ?? {};
    route.schema = { ...route.schema, querystring };
    if (body !== undefined) return;
    const names = Object.keys((querystring as TObject).properties);
    // Not a schema of the body, which the document would show.
    const earlier = [route.preValidation ?? []].flat();
    route.preValidation = [
      ...earlier,
      async (request: FastifyRequest) => refuseBody(request.body, names),
    ];
  });
}

const noBody = Compile(NoFields);

/** An empty object has nothing to lose. */
function refuseBody(body: unknown, names: readonly string[]): void {
  if (body === undefined || noBody.Check(body)) return;
  const place = names.length === 0 ? "" : `; the query takes ${names.join(", ")}`;
  throw new TroupeError("REQUEST_INVALID", `${faultOf("body", body, noBody)}${place}`);
}

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
