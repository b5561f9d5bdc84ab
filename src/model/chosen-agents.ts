/** Which agents an action is meant for if they are chosen by filters and not by their ids. */

import type { ActionName } from "./actions/action-registry.ts";
import { type AgentStatus, isAlive } from "./agent.ts";

/** Not agents that have ended, unless their status was named. */
export function isMeantFor(action: ActionName, status: AgentStatus, isNamed: boolean): boolean {
  const takesErrors = action === "agent_restart" || action === "agent_destroy";
  return isNamed || isAlive(status) || (takesErrors && status === "error");
}
