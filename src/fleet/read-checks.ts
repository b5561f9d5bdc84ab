/**
 * Checks what untyped callers pass to reads: a list with an unknown filter, or with a value that a filter
 * cannot have, would be taken for a filtered one. The code is that of a server that refuses the same.
 */

import { TroupeError } from "../model/errors.ts";
import { eventTypes } from "../model/event-types.ts";
import { excerpt, parseAgentId } from "../model/ids.ts";
import { type OptionSchema, readOptions } from "../model/read-options.ts";
import { wordsOfSchema } from "../model/schema-words.ts";
import type { EventOptions } from "./event-iteration.ts";

/** @throws {TroupeError} `REQUEST_INVALID` unless all options are known ones with values that they may have. */
export function checkOptions(read: keyof typeof readOptions, given: object): void {
  const known: Readonly<Record<string, OptionSchema>> = readOptions[read];
  checkNames(read, given, Object.keys(known));
  for (const [name, value] of Object.entries(given)) {
    const schema = known[name];
    if (value !== undefined && schema !== undefined)
      checkValue(`${name} of ${read}`, schema, value);
  }
}

/** The same for those of events. @throws {TroupeError} `AGENT_ID_INVALID`, too. */
export function checkEventOptions(given: EventOptions): void {
  checkNames("events", given, ["agentIds", "types", "signal", "onConnection"]);
  const { agentIds, types } = given;
  // An empty list would select nothing here, and everything in a query.
  for (const [name, list] of Object.entries({ agentIds, types })) {
    if (list === undefined || (Array.isArray(list) && list.length > 0)) continue;
    throw invalid(`${name} of events must be a list of at least 1 item, got ${excerpt(list)}`);
  }
  agentIds?.forEach(parseAgentId);
  for (const type of types ?? []) checkValue("each of types of events", { enum: eventTypes }, type);
}

function checkNames(read: string, given: object, known: readonly string[]): void {
  const names = known.join(", ");
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid(`${read} takes an object with ${names}, got ${excerpt(given)}`);
  }
  const isOther = ([name, value]: [string, unknown]) =>
    value !== undefined && !known.includes(name);
  const other = Object.entries(given).find(isOther);
  if (other !== undefined) {
    throw invalid(`${read} has no option ${excerpt(other[0])}; known are ${names}`);
  }
}

function checkValue(what: string, schema: OptionSchema, value: unknown): void {
  if (fits(schema, value)) return;
  throw invalid(`${what} must be ${wordsOfSchema(schema)}, got ${excerpt(value)}`);
}

function fits(schema: OptionSchema, value: unknown): boolean {
  if ("enum" in schema) return schema.enum.some((one) => one === value);
  if (schema.type === "integer") {
    const isWhole = typeof value === "number" && Number.isSafeInteger(value);
    return isWhole && value >= schema.minimum && value <= schema.maximum;
  }
  if (typeof value !== "string") return false;
  const { maxLength = Number.POSITIVE_INFINITY, pattern = "" } = schema;
  return value.length <= maxLength && new RegExp(pattern).test(value);
}

/** @throws {TroupeError} `REQUEST_INVALID` unless it is text. */
export function textOf(name: string, given: unknown): string {
  if (typeof given === "string") return given;
  throw invalid(`${name} must be text, got ${excerpt(given)}`);
}

/** The number of a step. @throws {TroupeError} `REQUEST_INVALID` unless it is one. */
export function iterationOf(given: unknown): number {
  if (typeof given === "number" && Number.isSafeInteger(given) && given > 0) return given;
  throw invalid(`iteration must be a whole number above 0, got ${excerpt(given)}`);
}

function invalid(message: string): TroupeError {
  return new TroupeError("REQUEST_INVALID", message);
}
