/** An action: a row of `queue`, and its parsed form. */

import { Compile, type Validator } from "typebox/compile";
import { findRangeFault } from "./action-ranges.ts";
import {
  type ActionName,
  actionNames,
  actions,
  type DeclarationOf,
  ENVIRONMENT_LANE,
  environmentActions,
  isActionName,
  type Payload,
} from "./actions/action-registry.ts";
import { TroupeError } from "./errors.ts";
import { ACTION_ID_MAX, type ActionId, type AgentId, excerpt, parseAgentId } from "./ids.ts";
import { findJsonFault } from "./json-bounds.ts";
import { findTextLoss } from "./json-text-loss.ts";
import { ACTOR_CHARS_MAX, PAYLOAD_BYTES_MAX } from "./limits.ts";
import { parseJson, parseJsonObject } from "./parse-json.ts";
import type { queueRow } from "./rows/queue-row.ts";
import { demandOf } from "./schema-fault.ts";
import type { StaticOf } from "./schema-parts.ts";
import { MASK } from "./secret-config.ts";

/** One row of `queue` as stored: any program may have written it, so its texts are not parsed yet. */
export type ActionRow = StaticOf<typeof queueRow>;
export type ActionOutcome = NonNullable<ActionRow["outcome"]>;

/**
 * A requested action, with the column names of its row; the other columns are filled in. A request that
 * a row cannot hold is refused; any other invalid request ends `rejected`.
 */
export interface NewAction {
  readonly action: ActionName | (string & {});
  /** Left out if the action is not about an agent, or if only the payload names it. */
  readonly agent_id?: string | null | undefined;
  readonly actor: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly urgency?: number | undefined;
  readonly not_before?: number | undefined;
  /** The caller's own id, by which a repeated request is recognized; by default a new UUIDv7. */
  readonly id?: string | undefined;
  /** Set if payload and agent were checked against the schema of this action. */
  readonly isChecked?: true;
}

/** A parsed action, ready for its handler. */
export type Action<A extends ActionName = ActionName> = {
  readonly [N in A]: {
    readonly id: ActionId;
    readonly action: N;
    readonly actor: string;
    readonly payload: Payload<N>;
    /** Dispatches that failed before this one. */
    readonly attempts: number;
  } & (DeclarationOf<N>["about"] extends "environment" ? unknown : { readonly agentId: AgentId });
}[A];

const validators = Object.fromEntries(
  actions.map(({ name, payload }) => [name, Compile(payload)]),
) as { readonly [A in ActionName]: Validator };

/**
 * Parses a row, which any program may have written.
 * @throws {TroupeError} `ACTION_UNKNOWN`, `ACTION_MALFORMED` or `AGENT_ID_INVALID`.
 */
export function parseAction(row: ActionRow): Action {
  const action = parseName(row.action);
  checkColumns(row);
  const payload = parsePayload(row, action);
  if (environmentActions.includes(action)) return toAction(row, payload);
  // Some programs write empty text for null.
  const agent_id = parseAgentId(row.agent_id || payload["agent_id"]);
  return toAction({ ...row, agent_id }, payload);
}

/** The parsed action of a row whose name, agent and payload are known to be well-formed. */
export function toAction(row: ActionRow, payload: NewAction["payload"]): Action {
  const { id, action, agent_id: agentId, actor, attempts } = row;
  const base = { id, action, actor, payload, attempts };
  return (environmentActions.includes(action) ? base : { ...base, agentId }) as Action;
}

/** The lane that a row waits in. Never throws: a row that cannot be parsed waits alone. */
export function laneOf(row: ActionRow): string {
  if (environmentActions.includes(row.action)) return ENVIRONMENT_LANE;
  if (row.agent_id) return row.agent_id;
  const agentId = parseJsonObject(row.payload)?.["agent_id"];
  return typeof agentId === "string" ? agentId : `*row ${row.id}`;
}

function parseName(text: string): ActionName {
  if (isActionName(text)) return text;
  const known = actionNames.join(", ");
  throw new TroupeError("ACTION_UNKNOWN", `action must be one of ${known}, got ${excerpt(text)}`);
}

/** The same bounds as for our own actions, see queue/request-check.ts. */
function checkColumns(row: ActionRow): void {
  const { id, actor, metadata } = row;
  checkText("id", id, ACTION_ID_MAX);
  checkText("actor", actor, ACTOR_CHARS_MAX);
  for (const name of ["urgency", "not_before", "attempts"] as const) {
    const fault = findRangeFault(name, row[name]);
    if (fault !== undefined) throw new TroupeError("ACTION_MALFORMED", fault);
  }
  const fault = metadata === null ? undefined : findMetadataFault(metadata);
  if (fault !== undefined) throw new TroupeError("ACTION_MALFORMED", fault);
}

/** Text that is not JSON passes, and so does JSON that is not an object: it is free for its writer. */
function findMetadataFault(text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > PAYLOAD_BYTES_MAX) {
    return `metadata must be at most ${PAYLOAD_BYTES_MAX} bytes, got ${bytes}`;
  }
  const value = parseJson(text);
  if (value === undefined) return undefined;
  return findJsonFault(value, "metadata") ?? findTextLoss(text, value, "metadata");
}

/** A column may be null in a table that a foreign program has made. */
function checkText(name: string, text: string | null, charsMax: number): void {
  if (text !== null && text.length > 0 && text.length <= charsMax) return;
  const message = `${name} must have 1 to ${charsMax} characters, got ${excerpt(text)}`;
  throw new TroupeError("ACTION_MALFORMED", message);
}

function parsePayload(row: ActionRow, name: ActionName): Record<string, unknown> {
  if (Buffer.byteLength(row.payload) > PAYLOAD_BYTES_MAX) {
    throw malformed(`payload must be at most ${PAYLOAD_BYTES_MAX} bytes`, row);
  }
  const value = payloadOf(row);
  const whole = `payload of ${name}`;
  const fault = findJsonFault(value, whole) ?? findTextLoss(row.payload, value, whole);
  // It has the place and what is there; the whole payload would show an infinite number as null.
  if (fault !== undefined) throw new TroupeError("ACTION_MALFORMED", fault);
  const validator = validators[name];
  if (validator.Check(value)) return value;
  throw malformed(demandOf(whole, value, validator).sentence, row);
}

function payloadOf(row: ActionRow): Readonly<Record<string, unknown>> {
  const payload = parseJsonObject(row.payload);
  if (payload !== undefined) return payload;
  const isJson = parseJson(row.payload) !== undefined;
  throw malformed(isJson ? "payload must be a JSON object" : "payload must be JSON text", row);
}

function malformed(expected: string, row: ActionRow): TroupeError {
  return new TroupeError("ACTION_MALFORMED", `${expected}, got ${shownPayload(row)}`);
}

/** Without a config, and without text that may contain one: configs have secrets. */
function shownPayload({ payload }: ActionRow): string {
  const value = payload.length > PAYLOAD_BYTES_MAX ? undefined : parseJsonObject(payload);
  if (value === undefined) return `a text of ${payload.length} characters`;
  return excerpt("config" in value ? { ...value, config: MASK } : value);
}
