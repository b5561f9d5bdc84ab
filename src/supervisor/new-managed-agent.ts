/** Makes a managed agent with its record, from the supervisor's parts. */

import type { AgentRow } from "../model/agent.ts";
import { AgentRecord } from "./agent-record.ts";
import { ManagedAgent } from "./managed-agent.ts";
import { graceMsOf } from "./stop-times.ts";
import type { SupervisorOptions, SupervisorSettings } from "./supervisor-options.ts";
import type { AgentOptions } from "./upkeep-options.ts";

export interface NewManagedAgentParts
  extends Pick<SupervisorOptions, "table" | "events" | "epoch" | "log" | "spawn">,
    Pick<AgentOptions, "residency" | "onStartFailed" | "onRestart" | "onGone"> {
  /** Read for each start, and each end. */
  readonly settings: () => SupervisorSettings;
}

/** @param stored the row in the table, if there is one */
export function newManagedAgent(
  row: AgentRow,
  stored: AgentRow | undefined,
  { table, events, epoch, settings, ...parts }: NewManagedAgentParts,
): ManagedAgent {
  const record = new AgentRecord(row, { table, events, epoch, stored });
  return new ManagedAgent(record, {
    ...parts,
    typeSettings: () => settings().typeSettings,
    graceMs: () => graceMsOf(record.row, settings()),
    ready: () => table.ready(),
    onProgress: (progress) => events.publish("agent.progress", progress, record.id),
  });
}
