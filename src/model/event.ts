/** Events: facts already stored, as subscribers get them. Loads no schema library. */

import type { AgentRow } from "./agent.ts";
import { type ListedRow, listedResult } from "./agent-view.ts";
import type { dataSchemas } from "./event-schema.ts";
import type { AgentId } from "./ids.ts";
import { SUMMARY_COLUMNS_LEFT_OUT } from "./large-columns.ts";
import type { StaticOf } from "./schema-parts.ts";

export type EventData = { readonly [T in EventType]: StaticOf<(typeof dataSchemas)[T]> };
export type EventType = keyof typeof dataSchemas;

export type FleetStats = EventData["fleet.stats"];
export type Gap = EventData["gap"];

/** Figures of the fleet's parts; the rest of {@link FleetStats} is about the process. */
export type FleetCounts = Omit<FleetStats, "process">;

/** An agent's row without large columns, and with a cut result. */
export type AgentSummary = Omit<AgentRow, (typeof SUMMARY_COLUMNS_LEFT_OUT)[number]>;

/** Pure. */
export function summarizeAgent(row: Omit<ListedRow, "usage">): AgentSummary {
  const summary = Object.fromEntries(Object.entries(row).filter(([name]) => !leftOut.has(name)));
  return { ...(summary as AgentSummary), result: listedResult(row.result) };
}

const leftOut: ReadonlySet<string> = new Set(SUMMARY_COLUMNS_LEFT_OUT);

/** Types of events that are sent to current subscribers only, and not kept for later ones. */
export type LiveOnlyType =
  | "llm.partial"
  | "fleet.stats"
  | "agent.unresponsive"
  | "agent.progress"
  | "agent.log"
  | "gap";

export function isLiveOnly(type: EventType): type is LiveOnlyType {
  return Object.hasOwn(liveOnly, type);
}

/** True for events that only clients receive who name the agent: there may be a thousand a second of all. */
export function isAddressed(type: EventType): boolean {
  return type === "agent.log";
}

const liveOnly: Readonly<Record<LiveOnlyType, true>> = {
  "llm.partial": true,
  "fleet.stats": true,
  "agent.unresponsive": true,
  "agent.progress": true,
  "agent.log": true,
  gap: true,
};

/** The one envelope of all events. `seq` grows by one with each event of this process. */
export type TroupeEvent = {
  readonly [T in EventType]: {
    readonly seq: number;
    readonly type: T;
    /** Milliseconds since the epoch. */
    readonly time: number;
    readonly agent_id?: AgentId;
    readonly data: EventData[T];
    /** Set by clients of a fleet of several shards: `seq` counts within this one. */
    readonly shard?: number;
  };
}[EventType];
