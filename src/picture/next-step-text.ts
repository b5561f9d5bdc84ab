/** When an agent's next step is due, as text. Pure. */

import { isAlive } from "../model/agent.ts";
import type { AgentView } from "../model/agent-view.ts";
import { fullTime, relativeTime } from "./time-text.ts";

type Waiting = Pick<AgentView, "status" | "next_at" | "next_on">;

/** `in 5 min`, `with guidance`; null if the agent's interval decides, or the agent has ended. */
export function nextStepText(agent: Waiting, now: number): string | null {
  return textOf(agent, (at) => (at <= now ? "now" : relativeTime(at, now)));
}

/** {@link nextStepText} with date and time. */
export function nextStepTime(agent: Waiting, now: number): string | null {
  return textOf(agent, (at) => fullTime(at, now));
}

function textOf({ status, next_at, next_on }: Waiting, timeText: (at: number) => string) {
  if (!isAlive(status)) return null;
  if (next_on !== null) return `with ${next_on}`;
  return next_at === null ? null : timeText(next_at);
}
