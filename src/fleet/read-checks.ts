/**
 * Checks what untyped callers pass to reads: a list with an unknown filter, or with a value that a filter
 * cannot have, would be taken for a filtered one. The code is that of a server that refuses the same.
 */

import { reason } from "../model/actions/action-declaration.ts";
import type { InsideAnswers, InsideQuery } from "../model/agent-inside.ts";
import { TroupeError } from "../model/errors.ts";
import { eventTypes } from "../model/event-types.ts";
import { ACTION_ID_MAX, AGENT_ID_FORM, excerpt, isAgentId, parseAgentId } from "../model/ids.ts";
import { findJsonFault } from "../model/json-bounds.ts";
import { ACTOR_CHARS_MAX } from "../model/limits.ts";
import { insideOptions, type OptionSchema, readOptions } from "../model/read-options.ts";
import { wordsOfSchema } from "../model/schema-words.ts";
import type { SettingsChange } from "../model/type-settings.ts";
import type { EventOptions, WatchOptions } from "./event-iteration.ts";
import { findOptionFault } from "./option-fault.ts";

type Known = Readonly<Record<string, OptionSchema>>;

/** @throws {TroupeError} `REQUEST_INVALID` unless all options are known ones with values that they may have. */
export function checkOptions(read: keyof typeof readOptions, given: object): void {
  checkGiven(read, given, readOptions[read]);
}

/** By iteration: the read of its pages. */
const iterations = {
  agents: "agentPage",
  steps: "stepPage",
  stepSpans: "stepSpanPage",
  stepCounts: "stepCountPage",
  stepEffects: "stepEffectPage",
  effects: "effectPage",
  actions: "actionPage",
} as const satisfies Readonly<Record<string, keyof typeof readOptions>>;

export type Iteration = keyof typeof iterations;

/** The same for an iteration, which chooses its pages itself. */
export function checkFilter(iteration: Iteration, given: object): void {
  const all: Known = readOptions[iterations[iteration]];
  const { limit: _limit, cursor: _cursor, ...known } = all;
  checkGiven(iteration, given, known);
}

const looks: Readonly<Record<keyof InsideAnswers, Known>> = insideOptions;

/** The same for a look inside a thread, which must be one of those that there are. */
export function checkInside(what: keyof InsideAnswers, query: InsideQuery): void {
  checkValue("what of inside", { enum: Object.keys(looks) }, what);
  checkGiven(what, query, looks[what]);
}

/** The same for those of events. @throws {TroupeError} `AGENT_ID_INVALID`, too. */
export function checkEventOptions(given: EventOptions): void {
  checkNames("events", given, ["agentIds", "types", "signal", "onConnection"]);
  const { agentIds, types, onConnection } = given;
  // An empty list would select nothing here, and everything in a query.
  for (const [name, list] of Object.entries({ agentIds, types })) {
    if (list === undefined || (Array.isArray(list) && list.length > 0)) continue;
    throw invalid(`${name} of events must be a list of at least 1 item, got ${excerpt(list)}`);
  }
  agentIds?.forEach(parseAgentId);
  for (const type of types ?? []) checkValue("each of types of events", { enum: eventTypes }, type);
  checkSignal("events", given);
  if (onConnection === undefined || typeof onConnection === "function") return;
  throw invalid(`onConnection of events must be a function, got ${excerpt(onConnection)}`);
}

/** The same for those of a watch. */
export function checkWatchOptions(given: WatchOptions): void {
  checkNames("watch", given, ["agentId", "signal"]);
  if (given.agentId !== undefined) parseAgentId(given.agentId);
  checkSignal("watch", given);
}

function checkSignal(read: string, { signal }: Pick<WatchOptions, "signal">): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw invalid(`signal of ${read} must be an AbortSignal, got ${excerpt(signal)}`);
}

/** The signal of options that are not checked yet. */
export function findSignal(given: Pick<WatchOptions, "signal">): AbortSignal | undefined {
  const signal: unknown = Object(given).signal;
  return signal instanceof AbortSignal ? signal : undefined;
}

function checkGiven(read: string, given: object, known: Known): void {
  checkNames(read, given, Object.keys(known));
  for (const [name, value] of Object.entries(given)) {
    const schema = known[name];
    if (value !== undefined && schema !== undefined)
      checkValue(`${name} of ${read}`, schema, value);
  }
}

function checkNames(read: string, given: object, known: readonly string[]): void {
  const fault = findOptionFault(given, known);
  if (fault !== undefined) throw invalid(`${read} ${fault.text}`);
}

function checkValue(what: string, schema: OptionSchema, value: unknown): void {
  if (fits(schema, value)) return;
  throw invalid(`${what} must be ${wordsOfSchema(schema)}, got ${excerpt(value)}`);
}

function fits(schema: OptionSchema, value: unknown): boolean {
  if ("enum" in schema) return schema.enum.some((one) => one === value);
  if (schema.type !== "string") {
    if (typeof value !== "number") return false;
    const isKind = schema.type === "number" || Number.isSafeInteger(value);
    return isKind && value >= schema.minimum && value <= schema.maximum;
  }
  if (typeof value !== "string") return false;
  const { maxLength = Number.POSITIVE_INFINITY, pattern = "" } = schema;
  return value.length <= maxLength && new RegExp(pattern).test(value);
}

/** @throws {TroupeError} `REQUEST_INVALID` unless it is an id that an agent can have. */
export function agentIdOf(given: unknown): string {
  if (isAgentId(given)) return given;
  throw invalid(`agentId must be text of ${AGENT_ID_FORM}, got ${excerpt(given)}`);
}

/**
 * The id of an action or an effect, the name of a type or of who requests something.
 * @throws {TroupeError} `REQUEST_INVALID` unless it is text of 1 to so many characters.
 */
export function textOf(name: string, given: unknown, charsMax = ACTION_ID_MAX): string {
  if (typeof given !== "string" || given === "" || given.length > charsMax) {
    throw invalid(`${name} must be text of 1 to ${charsMax} characters, got ${excerpt(given)}`);
  }
  // No address can have it.
  if (!given.isWellFormed()) throw invalid(`${name} must not have half a surrogate pair`);
  return given;
}

/** The action to withdraw, who requests that, and why. @throws {TroupeError} `REQUEST_INVALID` */
export function withdrawalOf(actionId: unknown, actor: unknown, why: string | undefined) {
  const by = [textOf("actionId", actionId), textOf("actor", actor, ACTOR_CHARS_MAX)] as const;
  if (why !== undefined) checkValue("reason", reason, why);
  return [...by, why] as const;
}

/** The number of a step. @throws {TroupeError} `REQUEST_INVALID` unless it is one. */
export function iterationOf(given: unknown): number {
  if (typeof given === "number" && Number.isSafeInteger(given) && given > 0) return given;
  throw invalid(`iteration must be a whole number above 0, got ${excerpt(given)}`);
}

/**
 * A change of a type's settings as JSON text holds it, the same on every way to a fleet.
 * @throws {TroupeError} `REQUEST_INVALID` for what it does not hold: a number such as `NaN` would become the
 * null that removes a setting, and a `Map` an empty object.
 */
export function changeOf(type: string, given: unknown): SettingsChange {
  const what = `the change of ${textOf("name", type)}`;
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  const fault = isObject
    ? findJsonFault(given, what)
    : `${what} must be an object, got ${excerpt(given)}`;
  if (fault !== undefined) throw invalid(fault);
  return JSON.parse(JSON.stringify(given)) as SettingsChange;
}

function invalid(message: string): TroupeError {
  return new TroupeError("REQUEST_INVALID", message);
}
