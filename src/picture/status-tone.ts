/** The order of statuses, and the tone in which each status and outcome is shown. Pure. */

import type { ActionOutcome } from "../model/action.ts";
import type { AgentStatus } from "../model/agent.ts";
import type { StepStatus } from "../model/step.ts";

/** A tone has a colour, and is never shown by the colour alone. */
export type Tone = "good" | "busy" | "held" | "bad" | "idle";

/** In the order of lists and filters: trouble first, then agents that wait for a person, ended ones last. */
const agentTones: Readonly<Record<AgentStatus, Tone>> = {
  error: "bad",
  restarting: "busy",
  starting: "busy",
  stopping: "idle",
  pausing: "held",
  paused: "held",
  running: "good",
  stopped: "idle",
};

export const statuses = Object.keys(agentTones) as readonly AgentStatus[];

export function compareStatus(one: AgentStatus, other: AgentStatus): number {
  return statuses.indexOf(one) - statuses.indexOf(other);
}

export function isStatus(text: string): text is AgentStatus {
  return Object.hasOwn(agentTones, text);
}

/** Of an agent, a step or an action; an action without an outcome is `pending`. */
export type TonedStatus = AgentStatus | StepStatus | ActionOutcome | "pending";

const tones: Readonly<Record<TonedStatus, Tone>> = {
  ...agentTones,
  ok: "good",
  aborted: "held",
  pending: "busy",
  done: "good",
  cancelled: "idle",
  // The sender's mistake; only `dead` is a failure of Troupe or of an agent.
  rejected: "held",
  dead: "bad",
};

export function toneOf(status: TonedStatus): Tone {
  return tones[status];
}
