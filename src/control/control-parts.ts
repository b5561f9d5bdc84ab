/** The parts of the program that a route may use. None of them is an actor. */

import type { Logger } from "pino";
import type { Counters } from "../counters.ts";
import type { EventBus } from "../event-bus.ts";
import type { About, LiveFigures } from "../model/agent-view.ts";
import type { TroupeError } from "../model/errors.ts";
import type { FleetCounts } from "../model/event.ts";
import type { AgentId } from "../model/ids.ts";
import type { ModelView } from "../model/model-view.ts";
import type { FindConfigSchema } from "../model/secret-config.ts";
import type { ShardDoor } from "../model/shard-door.ts";
import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import type { Prices, Spent, Usage } from "../model/usage.ts";
import type { ActionQueue } from "../queue/action-queue.ts";
import type { LocalDispatcher } from "../queue/enqueue.ts";
import type { Store } from "../store/store.ts";
import type { StreamHub } from "./stream/hub.ts";

export interface ControlParts {
  /** Of the shard that this process runs; undefined if the fleet has no shards. */
  readonly door?: ShardDoor | undefined;
  /** Every change goes through it. */
  readonly queue: ActionQueue;
  readonly withdraw: LocalDispatcher["withdraw"];
  /** For reads, and for compaction, which changes no row. */
  readonly store: Store;
  readonly events: EventBus;
  /** Sends events to clients. */
  readonly stream: StreamHub;
  readonly counters: Counters;
  /** The current figures of the fleet. */
  readonly count: () => FleetCounts;
  readonly log: Logger;
  /** Number of this start of the process. */
  readonly epoch: number;
  /** The known figures of an agent's thread, cheap enough for a list of all agents; null without a thread. */
  readonly live: (agentId: AgentId) => LiveFigures | null;
  /** The same for all agents with a thread. */
  readonly liveAll: () => ReadonlyMap<AgentId, LiveFigures>;
  /** The same for one agent, after a request to its thread. */
  readonly liveNow: (agentId: AgentId) => Promise<LiveFigures | null>;
  /** The types of agents, and their settings. */
  readonly types: {
    readonly list: () => Promise<readonly TypeView[]>;
    readonly change: (name: string, change: SettingsChange) => Promise<TypeView>;
    /** The JSON Schema of a type's config: secrets are masked in every answer. */
    readonly findSchema: FindConfigSchema;
  };
  /** Why no model can be called, as far as that is known; agents that use none are not affected. */
  readonly modelFault: () => TroupeError | undefined;
  /** The state of this process's lease, as one word; undefined without leases. */
  readonly lease: () => "held" | "unconfirmed" | "lost" | undefined;
  /** The models and their state. */
  readonly models: () => readonly ModelView[];
  /** What models cost now. */
  readonly prices: () => Prices;
  /** What all agents have spent on models ever, by type and model. */
  readonly spent: () => readonly Spent[];
  /** The same for an agent in memory; undefined for any other. */
  readonly usageOf: (agentId: AgentId) => Usage | null | undefined;
  /** The page's facts about this server: the model and the database. */
  readonly about: () => About;
}
