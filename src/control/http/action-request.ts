/** What comes in over HTTP as what the queue takes. Pure. */

import type { ActionName } from "../../model/action.ts";
import { defined } from "../../model/defined.ts";
import type { NewActionBody } from "../../model/request.ts";
import type { ActionRequest } from "../../queue/request-check.ts";

/** Who asks where nobody says so. */
export const ACTOR_DEFAULT = "rest";

/** A body: an action's payload and, beside it, what the row keeps apart. */
type Asked = Omit<NewActionBody, "action" | "payload">;

/** An action upon the agent that the path names. */
export function toActionRequest(action: ActionName, asked: Asked, agentId?: string): ActionRequest {
  const { actor, urgency, metadata, not_before, id, ...rest } = asked;
  const payload = agentId === undefined ? rest : { agent_id: agentId, ...rest };
  return fromActionBody({ ...asked, action, payload });
}

/** An action as `POST /api/actions` takes it. */
export function fromActionBody(body: NewActionBody): ActionRequest {
  const { action, payload, actor = ACTOR_DEFAULT, urgency, metadata, not_before, id } = body;
  const agentId = action === "environment_reload" ? undefined : payload["agent_id"];
  return {
    action,
    actor,
    payload,
    ...defined({
      agentId: typeof agentId === "string" ? agentId : undefined,
      urgency,
      metadata,
      notBefore: not_before,
      id,
    }),
  };
}
