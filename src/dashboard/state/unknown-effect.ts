/** The effect whose outcome an agent waits for. Pure. */

import type { AgentView } from "../../model/agent-view.ts";

/** An effect whose outcome is unknown. */
export interface UnknownEffect {
  readonly effectId: string;
  readonly agentId: string;
  readonly name: string;
  readonly iteration: number;
}

interface Waiting extends Pick<AgentView, "paused" | "last_error"> {
  readonly agent_id: string;
}

export function unknownEffectOf({ agent_id, paused, last_error }: Waiting): UnknownEffect | null {
  if (!paused || last_error?.code !== "EFFECT_UNKNOWN") return null;
  const { effect_id, key, iteration } = last_error.details ?? {};
  if (typeof effect_id !== "string" || typeof iteration !== "number") return null;
  return { effectId: effect_id, agentId: agent_id, name: String(key), iteration };
}
