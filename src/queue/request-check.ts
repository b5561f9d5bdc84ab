/**
 * Checks the actions that callers enqueue, before anything is stored or sent. The bounds are those of
 * REST's schemas and of foreign rows (model/action.ts).
 */

import type { NewAction } from "../model/action.ts";
import { findRangeFault } from "../model/action-ranges.ts";
import { TroupeError } from "../model/errors.ts";
import { ACTION_ID_MAX, excerpt } from "../model/ids.ts";
import { findJsonFault } from "../model/json-bounds.ts";
import { ACTOR_CHARS_MAX, ENQUEUE_ROWS_MAX, PAYLOAD_BYTES_MAX } from "../model/limits.ts";

/** Longest name of an action or an agent, in characters; valid ones are shorter. */
const NAME_CHARS_MAX = 256;

/** @throws {TroupeError} `ACTION_MALFORMED`, naming the action, the field and its value. */
export function checkNewActions(actions: readonly NewAction[]): void {
  if (actions.length > ENQUEUE_ROWS_MAX) {
    throw malformed(
      `at most ${ENQUEUE_ROWS_MAX} actions can be enqueued together, got ${actions.length}`,
    );
  }
  for (const action of actions) {
    const fault = findFault(action);
    if (fault !== undefined) throw malformed(fault);
  }
}

function findFault(request: NewAction): string | undefined {
  const { action, actor, agent_id, id, urgency, not_before, payload, metadata } = request;
  return (
    findTextFault("action", action, NAME_CHARS_MAX) ??
    findTextFault("actor", actor, ACTOR_CHARS_MAX) ??
    (isGiven(agent_id) ? findTextFault("agent_id", agent_id, NAME_CHARS_MAX) : undefined) ??
    (isGiven(id) ? findTextFault("id", id, ACTION_ID_MAX) : undefined) ??
    findRangeFault("urgency", urgency ?? null) ??
    findRangeFault("not_before", not_before ?? null) ??
    findDataFault(`payload of ${action}`, payload) ??
    findAgentFault(request) ??
    (metadata === undefined ? undefined : findDataFault(`metadata of ${action}`, metadata))
  );
}

/** Programs without types may give null for an option. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function findTextFault(name: string, text: unknown, charsMax: number): string | undefined {
  if (typeof text !== "string" || text.length === 0 || text.length > charsMax) {
    return `${name} must be text of 1 to ${charsMax} characters, got ${excerpt(text)}`;
  }
  return text.isWellFormed() ? undefined : `${name} must not have half a surrogate pair`;
}

/** A row's own agent counts, and in REST that of the payload. */
function findAgentFault({ action, agent_id, payload }: NewAction): string | undefined {
  const inPayload: unknown = payload["agent_id"];
  if (!isGiven(agent_id) || !isGiven(inPayload) || agent_id === inPayload) return undefined;
  const agents = `${excerpt(agent_id)}, and that in its payload ${excerpt(inPayload)}`;
  return `the agent of ${action} is ${agents}; they must be the same`;
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
 * JSON text of a payload or of metadata that has passed {@link checkNewActions}.
 * @throws {TroupeError} `ACTION_MALFORMED` if it is too long for a row.
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
