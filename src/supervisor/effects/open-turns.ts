/** The open turns of living agents that may have effects: retention keeps those. */

import type { AgentId } from "../../model/ids.ts";
import type { ManagedAgent } from "../managed-agent.ts";

/** By agent. */
export function openTurns(
  agents: ReadonlyMap<AgentId, Pick<ManagedAgent, "effects">>,
): ReadonlyMap<AgentId, number> {
  const turns = new Map<AgentId, number>();
  for (const [id, { effects }] of agents) {
    const { openTurn } = effects;
    if (openTurn !== undefined) turns.set(id, openTurn);
  }
  return turns;
}
