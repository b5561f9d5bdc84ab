/** What the page says of statuses and outcomes: their order, and the tone that each is shown in. */

import type { ActionOutcome } from "../../model/action.ts";
import type { AgentStatus } from "../../model/agent.ts";
import type { StepStatus } from "../../model/step.ts";

/** The order of groups and filters: what needs somebody first. */
const statusOrder: Readonly<Record<AgentStatus, number>> = {
  error: 0,
  restarting: 1,
  starting: 2,
  running: 3,
  pausing: 4,
  paused: 5,
  stopping: 6,
  stopped: 7,
};

export const statuses = (Object.keys(statusOrder) as AgentStatus[]).toSorted(
  (one, other) => statusOrder[one] - statusOrder[other],
);

export function compareStatus(one: AgentStatus, other: AgentStatus): number {
  return statusOrder[one] - statusOrder[other];
}

export function isStatus(text: string): text is AgentStatus {
  return Object.hasOwn(statusOrder, text);
}

/** How something is shown: a tone has a colour, and never a colour alone. */
export type Tone = "good" | "busy" | "held" | "bad" | "idle";

const statusTones: Readonly<Record<AgentStatus, Tone>> = {
  starting: "busy",
  running: "good",
  pausing: "held",
  paused: "held",
  stopping: "idle",
  stopped: "idle",
  restarting: "busy",
  error: "bad",
};

const outcomeTones: Readonly<Record<ActionOutcome, Tone>> = {
  done: "good",
  cancelled: "idle",
  rejected: "held",
  dead: "bad",
};

const stepTones: Readonly<Record<StepStatus, Tone>> = { ok: "good", error: "bad", aborted: "held" };

export function toneOfStatus(status: AgentStatus): Tone {
  return statusTones[status];
}

export function toneOfOutcome(outcome: ActionOutcome): Tone {
  return outcomeTones[outcome];
}

export function toneOfStep(status: StepStatus): Tone {
  return stepTones[status];
}
