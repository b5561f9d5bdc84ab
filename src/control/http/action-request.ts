/** Makes actions of the queue from REST requests, whose bodies the routes' schemas have checked. Pure. */

import type { NewAction } from "../../model/action.ts";
import { type ActionName, environmentActions } from "../../model/actions/action-registry.ts";
import type { AgentId } from "../../model/ids.ts";
import type { ActionRequestBody, NewActionBody } from "../../model/request.ts";

/** The actor of a request that names none. */
export const ACTOR_DEFAULT = "rest";

/** For a route that has the agent's id in its path. */
export function toNewAction(
  action: ActionName,
  asked: ActionRequestBody,
  agent_id?: string,
): NewAction {
  const { actor = ACTOR_DEFAULT, urgency, metadata, not_before, id, ...rest } = asked;
  const payload = agent_id === undefined ? rest : { agent_id, ...rest };
  const columns = { actor, urgency, metadata, not_before, id };
  return { action, agent_id, payload, ...columns, isChecked: true };
}

/** An action as `POST /api/actions` takes it. */
export function fromActionBody(body: NewActionBody): NewAction {
  const { action, payload, actor = ACTOR_DEFAULT } = body;
  const isAboutNone = environmentActions.includes(action);
  const agent_id = isAboutNone ? null : (payload["agent_id"] as AgentId);
  return { ...body, agent_id, actor, isChecked: true };
}
