/**
 * Applies a schema of an agent's type to input from outside: its config, or a piece of guidance. The
 * schema is foreign code, of any library.
 */

import type { InputSchema, StandardIssue, StandardSchema } from "../agents/define-agent.ts";
import { toErrorData } from "../model/errors.ts";

/** Issues in one reason; the rest are counted. */
const ISSUES_SHOWN_MAX = 5;
const NO_REASON = "its schema gives no reason";

type Input = Readonly<Record<string, unknown>>;

export type Parsed =
  | { readonly value: unknown; readonly reason?: undefined }
  /** Why the schema refuses it. */
  | { readonly reason: string };

/** What a field of a definition that must be a schema is instead; undefined if it is one, or is left out. */
export function findSchemaFault(schema: unknown): string | undefined {
  if (schema === undefined || typeof schema === "function" || isStandard(schema)) return undefined;
  if (schema === null) return "null";
  if (typeof schema !== "object") return `a ${typeof schema}`;
  if (Array.isArray(schema)) return "an array";
  return "an object without ~standard.validate";
}

/** Without a schema the input is the value. A throw of the schema is its reason. */
export async function parseInput(
  schema: InputSchema<unknown> | undefined,
  input: Input,
): Promise<Parsed> {
  if (schema === undefined) return { value: input };
  try {
    return isStandard(schema) ? await validate(schema, input) : { value: await schema(input) };
  } catch (cause) {
    return { reason: toErrorData(cause).message || NO_REASON };
  }
}

/** Checked first, because some libraries' schemas are functions too. */
function isStandard(schema: unknown): schema is StandardSchema<unknown> {
  const canHaveParts = typeof schema === "object" || typeof schema === "function";
  if (!canHaveParts || schema === null || !("~standard" in schema)) return false;
  const { validate } = Object(schema["~standard"]) as { readonly validate?: unknown };
  return typeof validate === "function";
}

async function validate(schema: StandardSchema<unknown>, input: Input): Promise<Parsed> {
  const result = await schema["~standard"].validate(input);
  if (result.issues === undefined) return { value: result.value };
  const shown = result.issues.slice(0, ISSUES_SHOWN_MAX).map(describeIssue).join("; ");
  const more = result.issues.length - ISSUES_SHOWN_MAX;
  return { reason: more > 0 ? `${shown}; and ${more} more` : shown || NO_REASON };
}

function describeIssue({ path = [], message }: StandardIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}
