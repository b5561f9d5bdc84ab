/** What the control plane is handed: all that a route may touch. None of it is an actor. */

import type { Logger } from "pino";
import type { Counters } from "../counters.ts";
import type { EventBus } from "../event-bus.ts";
import type { About, LiveFigures } from "../model/agent-view.ts";
import type { FleetCounts } from "../model/event.ts";
import type { AgentId } from "../model/ids.ts";
import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import type { ActionQueue } from "../queue/action-queue.ts";
import type { LocalDispatcher } from "../queue/enqueue.ts";
import type { Store } from "../store/store.ts";
import type { StreamHub } from "./stream/hub.ts";

export interface ControlParts {
  /** Whatever changes anything goes this way. */
  readonly queue: ActionQueue;
  readonly withdraw: LocalDispatcher["withdraw"];
  /** For reading, and for having it compacted, which changes no row. */
  readonly store: Store;
  readonly events: EventBus;
  /** Gives events to whoever listens. */
  readonly stream: StreamHub;
  readonly counters: Counters;
  /** The figures of the fleet at this moment. */
  readonly count: () => FleetCounts;
  readonly log: Logger;
  /** Number of this start of the process. */
  readonly epoch: number;
  /** What is known of an agent's thread, cheap enough for a list of all; null where it has none. */
  readonly live: (agentId: AgentId) => LiveFigures | null;
  /** The same of all that have a thread. */
  readonly liveAll: () => ReadonlyMap<AgentId, LiveFigures>;
  /** The same of one, after the thread was asked, or did not answer soon. */
  readonly liveNow: (agentId: AgentId) => Promise<LiveFigures | null>;
  /** The types of agents, and their settings. */
  readonly types: {
    readonly list: () => Promise<readonly TypeView[]>;
    readonly change: (name: string, change: SettingsChange) => Promise<TypeView>;
  };
  /** What the page says of this server: which model answers, and where the rows lie. */
  readonly about: () => About;
}
