/** `agent_resume`: the agent continues where it paused. An agent that is not paused is left alone. */

import type { Handler } from "./handler.ts";

export const agentResume: Handler<"agent_resume"> = async ({ agentId, id }, { supervisor }) => {
  const agent = await supervisor.getRunning(agentId, "resumed");
  return { stored: agent.resume(id) };
};
