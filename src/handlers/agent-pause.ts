/** `agent_pause`: no new step begins. Done once the row says `pausing`; it says `paused` when the step has ended. */

import type { Handler } from "./handler.ts";

export const agentPause: Handler<"agent_pause"> = async ({ agentId, id }, { supervisor }) => {
  const agent = await supervisor.getRunning(agentId, "paused");
  return { stored: agent.pause(id) };
};
