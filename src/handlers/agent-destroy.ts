/**
 * `agent_destroy`: ends an agent, with or without its consent. Done once its row says `stopped`; the
 * note is the receipt: which rung of the stop ladder ended it, and when each was climbed.
 */

import type { Handler } from "./handler.ts";

export const agentDestroy: Handler<"agent_destroy"> = async (action, { supervisor }) => {
  const { id, agentId, payload } = action;
  const { status } = await supervisor.getRow(agentId);
  // One in care has to be stored as stopped yet.
  if (status === "stopped" && supervisor.find(agentId) === undefined) return {};
  const receipt = await supervisor.destroy(agentId, id, payload.reason);
  const message = `${agentId} ended after ${receipt.took_ms} ms: ${receipt.rung}`;
  return { note: { code: "AGENT_STOPPED", message, details: { ...receipt } } };
};
