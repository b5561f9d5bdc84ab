/** `agent_destroy`: the agent ends, with or without its consent. */

import { type ActionDeclaration, reason } from "./action-declaration.ts";

export const agentDestroy = {
  name: "agent_destroy",
  word: "destroy",
  about: "agent",
  payload: { type: "object", properties: { reason } },
  overtakes: true,
  summary: "End the agent, by force if it does not stop; its row and its steps stay",
  effect: "ends the agent; its `exit_reason` says how",
  done: "destroyed",
  leadsTo: "stopped",
  key: "d",
  asksFirst: true,
} as const satisfies ActionDeclaration;
