/** `agent_resume`: the agent continues where it paused. */

import { type ActionDeclaration, reason } from "./action-declaration.ts";

export const agentResume = {
  name: "agent_resume",
  word: "resume",
  about: "agent",
  payload: { type: "object", properties: { reason } },
  summary: "Continue where the agent paused",
  effect: "continues where it paused",
  done: "resumed",
  leadsTo: "running",
  key: "r",
} as const satisfies ActionDeclaration;
