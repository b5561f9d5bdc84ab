/** Makes a managed agent with its record, from the supervisor's parts. */

import type { AgentRow } from "../model/agent.ts";
import { AgentRecord } from "./agent-record.ts";
import { AgentEffects } from "./effects/agent-effects.ts";
import { holdForEffect } from "./effects/effect-hold.ts";
import { ManagedAgent } from "./managed-agent.ts";
import { graceMsOf } from "./stop-times.ts";
import type { SupervisorOptions, SupervisorSettings } from "./supervisor-options.ts";
import type { AgentOptions } from "./upkeep-options.ts";

export interface NewManagedAgentParts
  extends Pick<
      SupervisorOptions,
      "table" | "effects" | "events" | "epoch" | "log" | "spawn" | "onSpent"
    >,
    Pick<AgentOptions, "residency" | "onStartFailed" | "onRestart" | "onGone"> {
  /** Read for each start, and each end. */
  readonly settings: () => SupervisorSettings;
}

/** @param stored the row in the table, if there is one */
export function newManagedAgent(
  row: AgentRow,
  stored: AgentRow | undefined,
  {
    table,
    effects,
    events,
    epoch,
    settings,
    onSpent = () => undefined,
    ...parts
  }: NewManagedAgentParts,
): ManagedAgent {
  const record = new AgentRecord(row, { table, events, epoch, stored });
  const { log } = parts;
  const agent: ManagedAgent = new ManagedAgent(record, {
    ...parts,
    effects: new AgentEffects(record, {
      ...effects,
      log,
      onSpent,
      keepsInput: () => settings().keepsPrompts,
      onAsk: (child, effect) => child === agent.child && holdForEffect(agent, effect, log),
    }),
    typeSettings: () => settings().typeSettings,
    graceMs: () => graceMsOf(record.row, settings()),
    ready: () => table.ready(),
    onProgress: (progress) => events.publish("agent.progress", progress, record.id),
  });
  return agent;
}
