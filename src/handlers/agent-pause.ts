/** `agent_pause`: no new step starts. Done once the row is `pausing`, before the running step has ended. */

import type { Handler } from "./handler.ts";

export const agentPause: Handler<"agent_pause"> = async ({ agentId, id }, { supervisor }) => {
  const agent = await supervisor.getRunning(agentId, "paused");
  return { stored: agent.pause(id) };
};
