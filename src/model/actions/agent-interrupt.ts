/** `agent_interrupt`: guidance for an agent. */

import type { ActionDeclaration } from "./action-declaration.ts";

export const agentInterrupt = {
  name: "agent_interrupt",
  word: "interrupt",
  about: "agent",
  payload: {
    type: "object",
    required: ["guidance"],
    properties: {
      guidance: { type: "object", additionalProperties: true },
      mode: { enum: ["next", "now"] },
    },
  },
  summary: "Give guidance to an agent",
  effect:
    "delivers guidance. Guidance that no step has used when the agent ends stays in `pending_guidance` and is used when the agent is started again",
  done: "interrupted",
  key: "i",
  asksFirst: true,
} as const satisfies ActionDeclaration;
