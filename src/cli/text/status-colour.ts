/** The colour of each status of an agent, a step or an action. */

import type { InspectColor } from "node:util";
import type { ActionOutcome } from "../../model/action.ts";
import type { AgentStatus } from "../../model/agent.ts";
import type { StepStatus } from "../../model/step.ts";
import { paint } from "./terminal-output.ts";

export type ColouredStatus = AgentStatus | StepStatus | ActionOutcome | "pending";

export const statusColours: Record<ColouredStatus, InspectColor> = {
  starting: "cyan",
  running: "green",
  pausing: "yellow",
  paused: "yellow",
  stopping: "gray",
  stopped: "gray",
  restarting: "cyan",
  error: "red",
  ok: "green",
  aborted: "yellow",
  done: "green",
  cancelled: "gray",
  rejected: "red",
  dead: "red",
  pending: "yellow",
};

export function paintStatus(status: ColouredStatus, text: string): string {
  return paint(statusColours[status], text);
}
