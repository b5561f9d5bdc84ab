/** The order of statuses, and the tone of each status of an agent, a step or an action. Pure. */

import type { ActionOutcome } from "../model/action.ts";
import type { AgentStatus } from "../model/agent.ts";
import type { StepStatus } from "../model/step-status.ts";
import { statusLooks, type Tone } from "./status-look.ts";

/** In the order of lists and filters. */
export const statuses = Object.keys(statusLooks) as readonly AgentStatus[];

export function compareStatus(one: AgentStatus, other: AgentStatus): number {
  return statuses.indexOf(one) - statuses.indexOf(other);
}

export function isStatus(text: string): text is AgentStatus {
  return Object.hasOwn(statusLooks, text);
}

/** Of an agent, a step or an action; an action without an outcome is `pending`. */
export type TonedStatus = AgentStatus | StepStatus | ActionOutcome | "pending";

const otherTones: Readonly<Record<Exclude<TonedStatus, AgentStatus>, Tone>> = {
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
  return isStatus(status) ? statusLooks[status].tone : otherTones[status];
}
