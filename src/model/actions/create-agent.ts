/** `create_agent`: starts an agent, or finds it running. */

import type { ActionDeclaration } from "./action-declaration.ts";

export const createAgent = {
  name: "create_agent",
  word: "create",
  about: "newAgent",
  payload: {
    type: "object",
    properties: {
      initial_subject: { type: "string", maxLength: 2_000 },
      agent_type: { type: "string", minLength: 1, maxLength: 128 },
      config: { type: "object", additionalProperties: true },
    },
  },
  summary: "Start an agent",
  effect:
    "starts the agent; one that exists is left alone; a stopped one starts again with its iteration and context",
  done: "created",
  leadsTo: "running",
} as const satisfies ActionDeclaration;
