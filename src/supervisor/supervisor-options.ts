/** What the supervisor is made of, and its settings. Types only. */

import type { Logger } from "pino";
import type { EventBus } from "../event-bus.ts";
import type { TroupeError } from "../model/errors.ts";
import type { AgentTable } from "../store/tables/agent-table.ts";
import type { TypePolicies } from "./catalog/type-policies.ts";
import type { EndedCounts } from "./status-counts.ts";
import type { SpawnChild } from "./thread/spawner.ts";

export interface SupervisorOptions {
  readonly table: AgentTable;
  readonly events: EventBus;
  readonly log: Logger;
  readonly epoch: number;
  readonly spawn: SpawnChild;
  readonly settings: SupervisorSettings;
  /** Why no agent can be added to so many; undefined if one can. Left out: there is always room. */
  readonly checkCapacity?: (agents: number) => TroupeError | undefined;
  /** Ended agents in the table; left out: none. */
  readonly ended?: EndedCounts;
}

/** The settings that a reload may replace; later starts use the new ones. */
export interface SupervisorSettings {
  readonly typeSettings: TypePolicies;
  /** Milliseconds between the stop flag and the termination, unless the type has its own. */
  readonly destroyTimeoutMs: number;
  /** Memory of one agent in MiB, unless the type has its own. */
  readonly agentMemoryMb: number;
}
