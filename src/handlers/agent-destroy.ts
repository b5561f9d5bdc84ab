/** `agent_destroy`: ends an agent, with or without its consent. Done once its row says `stopped`. */

import type { Handler } from "./handler.ts";

export const agentDestroy: Handler<"agent_destroy"> = async (action, { supervisor }) => {
  const { id, agentId, payload } = action;
  const { status } = await supervisor.getRow(agentId);
  if (status !== "stopped") await supervisor.destroy(agentId, id, payload.reason);
  return {};
};
