/** `environment_reload`: later starts use the new settings and modules. */

import type { ActionDeclaration } from "./action-declaration.ts";

export const environmentReload = {
  name: "environment_reload",
  word: "reload",
  about: "environment",
  payload: { type: "object", properties: {}, additionalProperties: true },
  summary: "Read .env, agents_config and the modules of user agents again",
  effect: "reads `.env`, `agents_config` and the agents' modules again",
  done: "environment reloaded",
} as const satisfies ActionDeclaration;
