/** The built-in agent types, by name. */

import type { AgentDefinition } from "./define-agent.ts";
import { jokeAgent } from "./joke-agent.ts";

export const builtInAgents: ReadonlyMap<string, AgentDefinition> = new Map(
  [jokeAgent].map((agent) => [agent.type, agent as AgentDefinition]),
);
