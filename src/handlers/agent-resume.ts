/** `agent_resume`: the agent goes on where it paused. One that is not paused is left as it is. */

import type { Handler } from "./handler.ts";

export const agentResume: Handler<"agent_resume"> = async ({ agentId, id }, { supervisor }) => {
  const agent = await supervisor.getRunning(agentId, "resumed");
  return { stored: agent.resume(id) };
};
