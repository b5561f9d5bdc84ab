/** What the upkeep of an agent uses of its surroundings. Types only. */

import type { Logger } from "pino";
import type { Progress } from "../model/agent-view.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { AgentRest } from "./agent-rest.ts";
import type { TypePolicies } from "./catalog/type-policies.ts";
import type { AgentEffects } from "./effects/agent-effects.ts";
import type { RestPlace } from "./residency.ts";
import type { SpawnChild } from "./thread/spawner.ts";

export interface UpkeepOptions {
  readonly log: Logger;
  readonly spawn: SpawnChild;
  /** Read for each start. */
  readonly typeSettings: () => TypePolicies;
  /** Milliseconds for `onStop` after the last step. */
  readonly graceMs: () => number;
  /** Awaited before a thread is made in the background: the store has room for its row. */
  readonly ready: () => Promise<void>;
  /** Called with what a running step says about how far it is. Nothing of it is stored. */
  readonly onProgress: (progress: Progress) => void;
  /** Called for each failure after which the agent is started again. */
  readonly onRestart: () => void;
  /** Called with the error of a failed start that is not retried. */
  readonly onStartFailed: (error: ErrorData) => void;
  /** Takes the end of a thread that was asked for it, because the agent rests. */
  readonly rest: Pick<AgentRest, "isFor" | "take">;
  readonly effects: Pick<
    AgentEffects,
    "spec" | "attach" | "detach" | "take" | "takeStep" | "stepStored"
  >;
  /** Called when the agent has no thread and will get none: it is `stopped` or in `error`. */
  readonly onGone: () => void;
}

/** What a managed agent uses. */
export interface AgentOptions extends Omit<UpkeepOptions, "rest" | "effects"> {
  readonly effects: AgentEffects;
  readonly residency: RestPlace;
}
