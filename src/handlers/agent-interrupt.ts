/**
 * `agent_interrupt`: sends guidance to an agent. Done once the guidance is stored in the agent's row, or
 * once the thread has accepted it, if the journal keeps the action until then.
 */

import type { Action } from "../model/action.ts";
import type { Guidance } from "../model/agent.ts";
import type { Done } from "../queue/dispatcher.ts";
import type { Handler, HandlerDeps } from "./handler.ts";

export const agentInterrupt: Handler<"agent_interrupt"> = async (action, deps) => {
  const { id, agentId, payload } = action;
  const agent = await deps.supervisor.getRunning(agentId, "interrupted");
  const { mode = "next" } = payload;
  const guidance = guidanceOf(action);
  if (!agent.isRepeatable || !deps.keepsEffect(id)) {
    return { stored: agent.interrupt(guidance, mode) };
  }
  const { accepted, merged } = agent.interruptLazily(guidance, mode);
  return {
    stored: accepted,
    storedLater: merged,
    onEnded: () => agent.record.keepGuidance(id),
  };
};

/** An interrupt was done, and the agent's row lacks the guidance: it still waits for the agent. */
export async function repeatInterrupt(
  action: Action<"agent_interrupt">,
  { supervisor }: HandlerDeps,
): Promise<Done> {
  return await supervisor.restoreGuidance(action.agentId, guidanceOf(action));
}

function guidanceOf({ id, payload }: Action<"agent_interrupt">): Guidance {
  return { action_id: id, guidance: payload.guidance, at: Date.now() };
}
