/** The parts and the settings that a supervisor is given. Types only. */

import type { Logger } from "pino";
import type { EventBus } from "../event-bus.ts";
import type { TroupeError } from "../model/errors.ts";
import type { AgentTable } from "../store/tables/agent-table.ts";
import type { SettingsOfTypes } from "./catalog/settings-of-types.ts";
import type { SharedEffectsOptions } from "./effects/effects-options.ts";
import type { OnSpent } from "./effects/spending.ts";
import type { EndedCounts } from "./status-counts.ts";
import type { SpawnChild } from "./thread/spawner.ts";

export interface SupervisorOptions {
  readonly table: AgentTable;
  readonly effects: Pick<SharedEffectsOptions, "table" | "seed">;
  readonly events: EventBus;
  readonly log: Logger;
  readonly epoch: number;
  readonly spawn: SpawnChild;
  /** The number of starts that wait until another agent gives its thread back. Left out: none ever does. */
  readonly countWaiting?: () => number;
  readonly settings: SupervisorSettings;
  /** Why no agent can be added to so many; undefined if one can. Left out: there is always room. */
  readonly checkCapacity?: (agents: number) => TroupeError | undefined;
  /** False if agents of this type cannot start now: a start of the process finds that out. Left out: true. */
  readonly knowsType?: (type: string) => boolean;
  /** Ended agents in the table; left out: none. */
  readonly ended?: EndedCounts;
  /** Left out: nobody counts what the fleet spends. */
  readonly onSpent?: OnSpent;
}

/** The settings that a reload may replace; later starts use the new ones. */
export interface SupervisorSettings {
  readonly typeSettings: SettingsOfTypes;
  /** Milliseconds between the stop flag and the termination, unless the type has its own. */
  readonly destroyTimeoutMs: number;
  /** Memory of one agent in MiB, unless the type has its own. */
  readonly agentMemoryMb: number;
  /** Milliseconds without work after which an agent gives its thread back; 0 = never. */
  readonly idleMs: number;
  /** True if what a step asked of a model is stored. */
  readonly keepsPrompts: boolean;
}
