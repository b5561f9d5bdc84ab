/** `environment_reload`: later starts use the new settings and modules, later model calls the new BAML functions. */

import type { ActionDeclaration } from "./action-declaration.ts";

export const environmentReload = {
  name: "environment_reload",
  word: "reload",
  about: "environment",
  payload: { type: "object", properties: {}, additionalProperties: true },
  summary: "Read .env, agents_config, own BAML functions and the modules of user agents again",
  effect: "reads `.env`, `agents_config`, own BAML functions and the agents' modules again",
  done: "environment reloaded",
} as const satisfies ActionDeclaration;
