/**
 * The door of the library: what no column, thread or reader could hold is refused before anything is
 * stored or sent. The same bounds as REST's schemas and as those of foreign rows (model/action.ts).
 */

import type { ActionName } from "../model/action.ts";
import { TroupeError } from "../model/errors.ts";
import { ACTION_ID_MAX, excerpt } from "../model/ids.ts";
import { findJsonFault } from "../model/json-bounds.ts";
import {
  ACTOR_CHARS_MAX,
  ENQUEUE_ROWS_MAX,
  PAYLOAD_BYTES_MAX,
  TIME_MS_MAX,
  URGENCY_MAX,
} from "../model/limits.ts";

/**
 * What somebody asks for. What no column or thread could hold is refused at once here;
 * what makes no sense ends `rejected`.
 */
export interface ActionRequest {
  readonly action: ActionName | (string & {});
  readonly payload: Readonly<Record<string, unknown>>;
  readonly actor: string;
  readonly agentId?: string;
  readonly urgency?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch before which it is not dispatched. */
  readonly notBefore?: number;
  /** The caller's own id, so that a repeated request is known; by default a new UUIDv7. */
  readonly id?: string;
}

/** Longest name of an action or an agent that is looked at, in characters; known ones are shorter. */
const NAME_CHARS_MAX = 256;

/** @throws {TroupeError} `ACTION_MALFORMED`, naming the action, the place and what came. */
export function checkRequests(requests: readonly ActionRequest[]): void {
  if (requests.length > ENQUEUE_ROWS_MAX) {
    throw malformed(
      `at most ${ENQUEUE_ROWS_MAX} actions can be enqueued at once, got ${requests.length}`,
    );
  }
  for (const request of requests) {
    const fault = findFault(request);
    if (fault !== undefined) throw malformed(fault);
  }
}

function findFault(request: ActionRequest): string | undefined {
  const { action, actor, agentId, id, urgency, notBefore, payload, metadata } = request;
  return (
    findTextFault("action", action, NAME_CHARS_MAX) ??
    findTextFault("actor", actor, ACTOR_CHARS_MAX) ??
    (isGiven(agentId) ? findTextFault("agent_id", agentId, NAME_CHARS_MAX) : undefined) ??
    (isGiven(id) ? findTextFault("id", id, ACTION_ID_MAX) : undefined) ??
    findNumberFault("urgency", urgency, -URGENCY_MAX, URGENCY_MAX) ??
    findNumberFault("not_before", notBefore, 0, TIME_MS_MAX) ??
    findDataFault(`payload of ${action}`, payload) ??
    (metadata === undefined ? undefined : findDataFault(`metadata of ${action}`, metadata))
  );
}

/** Programs without types give null where they have nothing to say. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function findTextFault(name: string, text: unknown, charsMax: number): string | undefined {
  if (typeof text !== "string" || text.length === 0 || text.length > charsMax) {
    return `${name} must be text of 1 to ${charsMax} characters, got ${excerpt(text)}`;
  }
  return text.isWellFormed() ? undefined : `${name} must not have half a surrogate pair`;
}

function findNumberFault(
  name: string,
  number: unknown,
  least: number,
  most: number,
): string | undefined {
  if (!isGiven(number)) return undefined;
  if (Number.isInteger(number) && Number(number) >= least && Number(number) <= most) {
    return undefined;
  }
  return `${name} must be a whole number from ${least} to ${most}, got ${String(number)}`;
}

function findDataFault(name: string, data: unknown): string | undefined {
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return `${name} must be an object, got ${excerpt(data)}`;
  }
  try {
    return findJsonFault(data, name, { charsMax: PAYLOAD_BYTES_MAX });
  } catch (cause) {
    return `${name} cannot be read: ${cause instanceof Error ? cause.message : "it throws"}`;
  }
}

/**
 * JSON text of a payload or of metadata that has passed {@link checkRequests}.
 * @throws {TroupeError} `ACTION_MALFORMED` for more than a row may hold.
 */
export function toCellText(name: string, data: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(data);
  // A character takes at most 3 bytes in UTF-8: most texts need no counting.
  if (text.length * 3 <= PAYLOAD_BYTES_MAX) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= PAYLOAD_BYTES_MAX) return text;
  throw malformed(`${name} must be at most ${PAYLOAD_BYTES_MAX} bytes of JSON, got ${bytes}`);
}

function malformed(message: string): TroupeError {
  return new TroupeError("ACTION_MALFORMED", message);
}
