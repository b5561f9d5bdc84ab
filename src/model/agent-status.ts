/** The statuses of an agent, for programs that load no schema library. */

/** The closed set of statuses. */
export const agentStatuses = [
  "starting",
  "running",
  "pausing",
  "paused",
  "stopping",
  "stopped",
  "restarting",
  "error",
] as const;
export type AgentStatus = (typeof agentStatuses)[number];
