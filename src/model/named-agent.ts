/**
 * The agent that a row of `queue` is about: other programs may leave its column empty, and name the agent in
 * the payload alone. Pure; loads no schema library.
 */

import type { ActionRow } from "./action.ts";
import { isAgentId } from "./ids.ts";
import { parseJsonObject } from "./parse-json.ts";

/** Null if the row names none. */
export function namedAgent({
  agent_id,
  payload,
}: Pick<ActionRow, "agent_id" | "payload">): string | null {
  if (agent_id) return agent_id;
  const named = parseJsonObject(payload)?.["agent_id"];
  return isAgentId(named) ? named : null;
}
