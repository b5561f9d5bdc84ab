/** `agent_pause`: the agent starts no new step. */

import { type ActionDeclaration, reason } from "./action-declaration.ts";

export const agentPause = {
  name: "agent_pause",
  word: "pause",
  about: "agent",
  payload: { type: "object", properties: { reason } },
  summary: "Let no new step start",
  effect: "no new step starts; the running one ends first",
  done: "paused",
  leadsTo: "paused",
  key: "p",
} as const satisfies ActionDeclaration;
