/** What comes in over HTTP as what the queue takes. Pure. */

import type { ActionName } from "../model/action.ts";
import type { ActionRequest } from "../queue/enqueue.ts";

/** Who asks where nobody says so. */
const ACTOR_DEFAULT = "rest";

/** A body: an action's payload and, beside it, what the row keeps apart. */
interface Asked {
  readonly actor?: string;
  readonly urgency?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly not_before?: number;
  readonly id?: string;
}

export function toActionRequest(action: ActionName, asked: Asked, agentId?: string): ActionRequest {
  const { actor = ACTOR_DEFAULT, urgency, metadata, not_before, id, ...payload } = asked;
  return {
    action,
    actor,
    payload: agentId === undefined ? payload : { agent_id: agentId, ...payload },
    ...(agentId === undefined ? {} : { agentId }),
    ...(urgency === undefined ? {} : { urgency }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(not_before === undefined ? {} : { notBefore: not_before }),
    ...(id === undefined ? {} : { id }),
  };
}
