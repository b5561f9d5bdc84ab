/** `agent_interrupt`: brings guidance to an agent. Done once it is stored and on its way. */

import type { Handler } from "./handler.ts";

export const agentInterrupt: Handler<"agent_interrupt"> = async (action, { supervisor }) => {
  const { id, agentId, payload } = action;
  const agent = await supervisor.getRunning(agentId, "interrupted");
  const { guidance, mode = "next" } = payload;
  await agent.interrupt({ action_id: id, guidance, at: Date.now() }, mode);
  return {};
};
