/** `agent_interrupt`: sends guidance to an agent. Done once the guidance is stored. */

import type { Handler } from "./handler.ts";

export const agentInterrupt: Handler<"agent_interrupt"> = async (action, { supervisor }) => {
  const { id, agentId, payload } = action;
  const agent = await supervisor.getRunning(agentId, "interrupted");
  const { guidance, mode = "next" } = payload;
  return { stored: agent.interrupt({ action_id: id, guidance, at: Date.now() }, mode) };
};
