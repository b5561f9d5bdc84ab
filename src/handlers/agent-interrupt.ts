/** `agent_interrupt`: brings guidance to an agent. On its way at once, done once it is stored. */

import type { Handler } from "./handler.ts";

export const agentInterrupt: Handler<"agent_interrupt"> = async (action, { supervisor }) => {
  const { id, agentId, payload } = action;
  const agent = await supervisor.getRunning(agentId, "interrupted");
  const { guidance, mode = "next" } = payload;
  return { stored: agent.interrupt({ action_id: id, guidance, at: Date.now() }, mode) };
};
