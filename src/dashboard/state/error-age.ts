/** Whether an agent's last error still matters. Pure. */

import type { AgentView } from "../../model/agent-view.ts";
import type { StepRow } from "../../model/step.ts";

type FailedView = Pick<AgentView, "status" | "last_error">;

/** True if a step has succeeded since the error, and the agent is not restarting or in error. */
export function isErrorOver(
  { status, last_error }: FailedView,
  steps: readonly Pick<StepRow, "status" | "ended_at">[],
): boolean {
  if (status === "error" || status === "restarting") return false;
  const at = last_error?.at;
  if (at === undefined) return false;
  return steps.some((step) => step.status === "ok" && step.ended_at > at);
}
