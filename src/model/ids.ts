/** The ids of agents, actions and steps: which are valid, and new ones. */

import { uuidv7, V7Generator } from "uuidv7";
import { cutText } from "./cut-text.ts";
import { TroupeError } from "./errors.ts";

declare const brand: unique symbol;

/** An agent's id, chosen by its creator. */
export type AgentId = string & { readonly [brand]: "AgentId" };
/** An action's id: UUIDv7 text if Troupe makes it, any short text if another program does. */
export type ActionId = string & { readonly [brand]: "ActionId" };

/** Longest agent id, in characters. */
export const AGENT_ID_MAX = 128;
/** Longest action id, in characters. */
export const ACTION_ID_MAX = 128;

/** Plain ASCII that needs no escaping in a path, a shell or a filter. */
export const AGENT_ID_PATTERN = `^[A-Za-z0-9][A-Za-z0-9._:@-]{0,${AGENT_ID_MAX - 1}}$`;

/** The same as words. */
export const AGENT_ID_FORM = `1 to ${AGENT_ID_MAX} characters of A-Z a-z 0-9 . _ : @ - that starts with a letter or digit`;

const agentIdPattern = new RegExp(AGENT_ID_PATTERN);

/** A new action id. Ids made later sort later. */
export function newActionId(): ActionId {
  return uuidv7() as ActionId;
}

const stepIds = new V7Generator();
/** Milliseconds that the clock may be set back: any. */
const ROLLBACK_MS_MAX = 2 ** 48 - 1;

/** A new step id. Ids that this process makes later sort later, even if the clock is set back. */
export function newStepId(): string {
  return stepIds.generateOrResetCore(Date.now(), ROLLBACK_MS_MAX).toString();
}

/**
 * Makes all later step ids sort after these, which an earlier process has made: its clock may have been
 * ahead of this one's. Ids of another form are passed over.
 */
export function keepStepIdsAfter(ids: Iterable<string>): void {
  for (const id of ids) {
    if (!UUID_V7.test(id)) continue;
    const time = Number.parseInt(id.replace("-", "").slice(0, 12), 16) + 1;
    // Within a millisecond ids of two processes have no order.
    if (time > Date.now() && time < 2 ** 48) stepIds.generateOrResetCore(time, ROLLBACK_MS_MAX);
  }
}
const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;

/** A new effect id, in the order of {@link newStepId}. */
export function newEffectId(): string {
  return newStepId();
}

/** A name for an agent whose creator gave none. */
export function newAgentId(): AgentId {
  return `agent-${uuidv7().slice(-12)}` as AgentId;
}

export function isAgentId(value: unknown): value is AgentId {
  return typeof value === "string" && agentIdPattern.test(value);
}

/** Throws `AGENT_ID_INVALID` for anything but a valid agent id. */
export function parseAgentId(value: unknown): AgentId {
  if (isAgentId(value)) return value;
  throw new TroupeError(
    "AGENT_ID_INVALID",
    `agent id must be text of ${AGENT_ID_FORM}, got ${excerpt(value)}`,
  );
}

/** The value as JSON text that is short enough for a message: at most 60 characters and its length. */
export function excerpt(value: unknown): string {
  const text = value === undefined ? "nothing" : safeJson(value);
  return text.length <= 60 ? text : `${cutText(text, 57)}… (${text.length} characters)`;
}

function safeJson(value: unknown): string {
  try {
    return String(JSON.stringify(value));
  } catch {
    return typeof value;
  }
}
