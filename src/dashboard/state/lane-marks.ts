/** What the timeline knows of agents besides their steps: when they were paused, and when they got guidance. */

import type { AgentPicture } from "../../picture/agent-picture.ts";
import type { ShownTime } from "./timeline-view.ts";

interface PauseChange {
  readonly at: number;
  readonly isPaused: boolean;
}

/** Marks of one kind that are kept for an agent; the oldest are forgotten. */
const MARKS_MAX = 1_000;

export class LaneMarks {
  /** By agent, in order. Repeated changes do no harm. */
  readonly #changes = new Map<string, PauseChange[]>();
  /** By agent: times by the id of the action. */
  readonly #guidance = new Map<string, Map<string, number>>();

  changePause(agentId: string, at: number, isPaused: boolean): void {
    const changes = this.#changes.get(agentId) ?? [];
    this.#changes.set(agentId, changes);
    if (isPaused && changes.at(-1)?.isPaused === true && at >= (changes.at(-1)?.at ?? 0)) return;
    changes.push({ at, isPaused });
    changes.sort((one, other) => one.at - other.at);
    if (changes.length > MARKS_MAX) changes.shift();
  }

  addGuidance(agentId: string, actionId: string, at: number): void {
    const known = this.#guidance.get(agentId) ?? new Map<string, number>();
    this.#guidance.set(agentId, known);
    if (!known.has(actionId)) known.set(actionId, at);
    const [oldest] = known.keys();
    if (known.size > MARKS_MAX && oldest !== undefined) known.delete(oldest);
  }

  guidanceOf(agentId: string): readonly number[] {
    return [...(this.#guidance.get(agentId)?.values() ?? [])];
  }

  /** The agent's own row decides whether it is paused now: it may have paused itself, without an action. */
  pausesOf(agent: Pick<AgentPicture, "id" | "status" | "updatedAt">, now: number): ShownTime[] {
    const pauses: ShownTime[] = [];
    let since: number | null = null;
    for (const { at, isPaused } of this.#changes.get(agent.id) ?? []) {
      if (isPaused) since ??= at;
      if (!isPaused && since !== null) pauses.push({ since, until: at });
      if (!isPaused) since = null;
    }
    const isPausedNow = agent.status === "paused" || agent.status === "pausing";
    const from = since ?? agent.updatedAt;
    const until = isPausedNow ? now : agent.updatedAt;
    if ((isPausedNow || since !== null) && until > from) pauses.push({ since: from, until });
    return pauses;
  }
}
