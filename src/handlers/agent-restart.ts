/**
 * `agent_restart`: a new thread with the newest code. The lane continues immediately, because the running
 * step may last; done once the new thread's setup has ended and the row has that status, or immediately for an
 * agent that has no thread now.
 */

import type { Handler } from "./handler.ts";

export const agentRestart: Handler<"agent_restart"> = async ({ agentId, id }, { supervisor }) => {
  const row = await supervisor.getRow(agentId);
  if (row.status === "error") return { stored: supervisor.reviveOne(row, id) };
  const { done } = await supervisor.restart(agentId, id);
  return { stored: done };
};
