/** What comes in over HTTP as what the queue takes; the routes' schemas have checked it. Pure. */

import type { ActionName, NewAction } from "../../model/action.ts";
import type { AgentId } from "../../model/ids.ts";
import type { NewActionBody } from "../../model/request.ts";

/** Who asks where nobody says so. */
export const ACTOR_DEFAULT = "rest";

/** A body: an action's payload and, beside it, what the row keeps apart. */
type Asked = Omit<NewActionBody, "action" | "payload">;

/** An action upon the agent that the path names. */
export function toNewAction(action: ActionName, asked: Asked, agent_id?: string): NewAction {
  const { actor = ACTOR_DEFAULT, urgency, metadata, not_before, id, ...rest } = asked;
  const payload = agent_id === undefined ? rest : { agent_id, ...rest };
  const columns = { actor, urgency, metadata, not_before, id };
  return { action, agent_id, payload, ...columns, isChecked: true };
}

/** An action as `POST /api/actions` takes it. */
export function fromActionBody(body: NewActionBody): NewAction {
  const { action, payload, actor = ACTOR_DEFAULT } = body;
  const agent_id = action === "environment_reload" ? null : (payload["agent_id"] as AgentId);
  return { ...body, agent_id, actor, isChecked: true };
}
