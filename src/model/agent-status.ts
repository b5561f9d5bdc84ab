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

/** For `docs/tables.md`. */
export const statusMeanings: Readonly<Record<AgentStatus, string>> = {
  starting: "its thread is being made, or its setup is running",
  running: "it has a thread, and its next step is running or due",
  pausing: "a pause was requested, and the running step has not ended",
  paused: "it starts no step until it is resumed",
  stopping: "its end was requested, and its thread has not ended",
  stopped: "it has ended; `create_agent` starts it again",
  restarting:
    "it is about to start again: after a failure, with the next start of the process, or, if a restart was requested, once its running step has ended",
  error:
    "it failed too often or cannot be started; `last_error` has the cause, and `create_agent` starts it again",
};
