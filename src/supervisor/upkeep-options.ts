/** What the upkeep of an agent uses. Types only. */

import type { AgentOptions } from "./agent-options.ts";
import type { AgentRest } from "./agent-rest.ts";
import type { AgentEffects } from "./effects/agent-effects.ts";

/** Parts of one agent that its upkeep uses. */
export interface AgentParts {
  /** Takes the end of a thread that was asked for it, because the agent rests. */
  readonly rest: Pick<AgentRest, "isFor" | "take">;
  readonly effects: Pick<
    AgentEffects,
    "spec" | "attach" | "detach" | "take" | "takeStep" | "stepStored"
  >;
}

export interface UpkeepOptions extends AgentOptions, AgentParts {}
