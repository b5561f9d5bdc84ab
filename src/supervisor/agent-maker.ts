/**
 * Makes managed agents with their records. What they all share is made once: a large fleet is mostly
 * agents that rest, and what each of them holds is most of the process's memory.
 */

import type { AgentRow } from "../model/agent.ts";
import type { AgentId } from "../model/ids.ts";
import type { AgentOptions } from "./agent-options.ts";
import { AgentRecord } from "./agent-record.ts";
import { AgentEffects } from "./effects/agent-effects.ts";
import { holdForEffect } from "./effects/effect-hold.ts";
import type { AgentEffectsOptions } from "./effects/effects-options.ts";
import { ManagedAgent } from "./managed-agent.ts";
import { graceMsOf } from "./stop-times.ts";
import type { SupervisorOptions, SupervisorSettings } from "./supervisor-options.ts";

export interface AgentMakerParts
  extends Pick<
      SupervisorOptions,
      "table" | "effects" | "events" | "epoch" | "log" | "spawn" | "onSpent"
    >,
    Pick<AgentOptions, "residency" | "onStartFailed" | "onUnstored" | "onRestart" | "onGone"> {
  /** Read for each start, and each end. */
  readonly settings: () => SupervisorSettings;
  readonly find: (id: AgentId) => ManagedAgent | undefined;
}

/** @param stored the row in the table, if there is one */
export type MakeAgent = (row: AgentRow, stored: AgentRow | undefined) => ManagedAgent;

export function agentMaker(parts: AgentMakerParts): MakeAgent {
  const { table, events, epoch, log, settings, find, onSpent = () => undefined } = parts;
  const effects: AgentEffectsOptions = {
    ...parts.effects,
    log,
    onSpent,
    keepsInput: () => settings().keepsPrompts,
    onAsk: (id, child, effect) => {
      const agent = find(id);
      if (agent?.child === child) holdForEffect(agent, effect, log);
    },
  };
  const options: AgentOptions = {
    ...parts,
    typeSettings: () => settings().typeSettings,
    graceMs: (row) => graceMsOf(row, settings()),
    ready: () => table.ready(),
    onProgress: (id, progress) => events.publish("agent.progress", progress, id),
  };
  const recordOptions = { table, events, epoch };
  return (row, stored) => {
    const record = new AgentRecord(row, stored, recordOptions);
    return new ManagedAgent(record, new AgentEffects(record, effects), options);
  };
}
