/**
 * Checks a config against the JSON Schema of its type as far as a form can while somebody types:
 * types, unknown properties, choices and bounds. Missing properties may come from the type's
 * settings; the server checks them and the rest. Pure.
 */

export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** What is wrong with the first faulty part; null if nothing is. */
export function findConfigFault(schema: Schema, value: unknown, path = "config"): string | null {
  const kinds = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  if (kinds.length > 0 && !kinds.some((kind) => isOfKind(value, kind))) {
    return `${path} must be ${kinds.join(" or ")}`;
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return `${path} must be one of ${schema.enum.map((choice) => JSON.stringify(choice)).join(", ")}`;
  }
  if (typeof value === "number") return findNumberFault(schema, value, path);
  if (typeof value === "string") return findTextFault(schema, value, path);
  return isObject(value) ? findObjectFault(schema, value, path) : null;
}

/** `limit (number, required)`, one for each property of the schema. */
export function describeProperties({ properties = {}, required = [] }: Schema): readonly string[] {
  return Object.entries(properties).map(([name, { type, default: usual }]) => {
    const kind = typeof type === "string" ? [type] : [];
    const must = required.includes(name) ? ["required"] : [];
    const otherwise = usual === undefined ? [] : [`default ${JSON.stringify(usual)}`];
    const notes = [...kind, ...must, ...otherwise];
    return notes.length === 0 ? name : `${name} (${notes.join(", ")})`;
  });
}

function findNumberFault({ minimum, maximum }: Schema, value: number, path: string) {
  if (minimum !== undefined && value < minimum) return `${path} must be at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `${path} must be at most ${maximum}`;
  return null;
}

function findTextFault({ minLength = 0, maxLength }: Schema, value: string, path: string) {
  if (value.length < minLength) return `${path} must have at least ${minLength} characters`;
  if (maxLength !== undefined && value.length > maxLength) {
    return `${path} must have at most ${maxLength} characters`;
  }
  return null;
}

function findObjectFault(schema: Schema, value: Readonly<Record<string, unknown>>, path: string) {
  const { properties = {}, additionalProperties } = schema;
  for (const [name, part] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known === undefined && additionalProperties === false) {
      return `${path}.${name} is unknown; known are ${Object.keys(properties).join(", ")}`;
    }
    const fault = known === undefined ? null : findConfigFault(known, part, `${path}.${name}`);
    if (fault !== null) return fault;
  }
  return null;
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
