/** What commands throw for ids that nothing has. */

import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";

export function unknownAgent(agentId: string): TroupeError {
  return new TroupeError("AGENT_UNKNOWN", `no agent has the id ${agentId}`);
}

export function unknownAction(actionId: string): TroupeError {
  return new TroupeError("ACTION_NOT_FOUND", `no action has the id ${excerpt(actionId)}`);
}
