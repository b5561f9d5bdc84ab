/** `agent_restart`: the agent gets a new thread, which reads its code again. */

import { type ActionDeclaration, reason } from "./action-declaration.ts";

export const agentRestart = {
  name: "agent_restart",
  word: "restart",
  about: "agent",
  payload: { type: "object", properties: { reason } },
  summary: "Give the agent a new thread with the newest code",
  effect:
    "lets the running step end (after its `step_timeout_ms`, or two minutes without one, it is aborted), then gives the agent a new thread, which reads the agent's module again and continues from the last stored step; a paused agent stays paused, one in `error` is started again. Rejected with the reason if the new thread's setup fails; then the agent's restart type decides",
  done: "restarted",
} as const satisfies ActionDeclaration;
