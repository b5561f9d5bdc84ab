/** The part of JSON Schema that the page reads, and what it shows of a schema in a form. Pure. */

import { isObject } from "../../model/parse-json.ts";

export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** Follows one `$ref` within `root`; a reference to elsewhere allows everything. */
export function resolve(schema: Schema, root: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const [start, ...keys] = schema.$ref.split("/");
  let found: unknown = start === "#" ? root : {};
  for (const key of keys) found = isObject(found) && Object.hasOwn(found, key) ? found[key] : {};
  return isObject(found) ? found : {};
}

/** The schemas of which a value must fit one. */
export function formsOf(schema: Schema, root: Schema): readonly Schema[] {
  const forms = schema.oneOf ?? schema.anyOf ?? [];
  return forms.map((form) => resolve(form, root));
}

/** `limit (number, required)`, one for each property of the schema. */
export function describeProperties(schema: Schema): readonly string[] {
  const { properties = {}, required = [] } = mergeForms(schema);
  return Object.entries(properties).map(([name, { type, default: usual }]) => {
    const kind = typeof type === "string" ? [type] : [];
    const must = required.includes(name) ? ["required"] : [];
    const otherwise = usual === undefined ? [] : [`default ${JSON.stringify(usual)}`];
    const notes = [...kind, ...must, ...otherwise];
    return notes.length === 0 ? name : `${name} (${notes.join(", ")})`;
  });
}

/** Text of a small object that the schema accepts: what is required, or else its first property. */
export function exampleOf(schema: Schema): string | null {
  const [form = resolve(schema, schema)] = formsOf(schema, schema);
  const { properties = {}, required = [] } = form;
  const all = Object.entries(properties);
  const needed = all.filter(([name]) => required.includes(name));
  const shown = needed.length > 0 ? needed : all.slice(0, 1);
  if (shown.length === 0) return null;
  const parts = shown.map(([name, part]) => {
    return `${JSON.stringify(name)}: ${JSON.stringify(sampleOf(resolve(part, schema)))}`;
  });
  return `{ ${parts.join(", ")} }`;
}

function sampleOf({ type, default: usual, const: only, enum: choices, minimum }: Schema): unknown {
  const given = usual ?? only ?? choices?.[0];
  if (given !== undefined) return given;
  switch (typeof type === "string" ? type : type?.[0]) {
    case "number":
    case "integer":
      return minimum ?? 1;
    case "boolean":
      return true;
    case "array":
      return [];
    case "object":
      return {};
    case "null":
      return null;
    default:
      return "…";
  }
}

/** The properties of all forms; required are those that each form requires. */
function mergeForms(root: Schema): Pick<Schema, "properties" | "required"> {
  const forms = formsOf(root, root);
  const [first = resolve(root, root)] = forms;
  const required = (first.required ?? []).filter((name) => {
    return forms.every((form) => form.required?.includes(name) === true);
  });
  return { properties: Object.assign({}, first.properties, ...propertiesOf(forms)), required };
}

function propertiesOf(forms: readonly Schema[]) {
  return forms.map(({ properties }) => properties);
}
