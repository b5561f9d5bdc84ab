/** All agents that a client knows: read once, then kept current by events in any order and number. */

import type { AgentStatus } from "../model/agent.ts";
import type { ListedAgent } from "../model/agent-view.ts";
import type { TroupeEvent } from "../model/event.ts";
import type { Glance } from "../model/glance.ts";
import type { StepRow } from "../model/step.ts";
import {
  type AgentPicture,
  newAgent,
  type SeenStep,
  withFigures,
  withGuidance,
  withProgress,
  withRow,
  withStep,
  withView,
} from "./agent-picture.ts";

/** Milliseconds after which an agent that is no longer listed is forgotten; before, it may be a new one. */
const FORGET_AFTER_MS = 10_000;

export class FleetPicture {
  readonly #agents = new Map<string, AgentPicture>();

  get size(): number {
    return this.#agents.size;
  }

  get agents(): readonly AgentPicture[] {
    return [...this.#agents.values()];
  }

  find(id: string): AgentPicture | undefined {
    return this.#agents.get(id);
  }

  /** Takes the agents as read at `now`. Newer facts from events that arrived meanwhile are kept. */
  read(views: readonly ListedAgent[], now: number): void {
    for (const view of views) {
      const known = this.#agents.get(view.agent_id) ?? newAgent(view, now);
      this.#agents.set(view.agent_id, withView(known, view, now));
    }
  }

  /** Forgets agents that a list of all agents, read at `now`, does not have. */
  forgetMissing(views: readonly ListedAgent[], now: number): void {
    const listed = new Set<string>(views.map(({ agent_id }) => agent_id));
    for (const { id, updatedAt } of this.#agents.values()) {
      if (!listed.has(id) && updatedAt < now - FORGET_AFTER_MS) this.#agents.delete(id);
    }
  }

  /** Takes the steps and figures that were read at `now`. */
  glance({ steps, live }: Glance, now: number): void {
    for (const { id, ...step } of steps) {
      const known = this.#agents.get(id);
      if (known !== undefined) this.#agents.set(id, withStep(known, step));
    }
    if (live === null) return;
    for (const [id, agent] of this.#agents) {
      const figures = live[id] ?? null;
      if (figures === null && agent.live === null) continue;
      this.#agents.set(id, withFigures(agent, figures, now));
    }
  }

  /**
   * Takes an event. False if nothing is new: the event is repeated, is older than the last reading, or
   * is about an agent of which no row is known.
   */
  apply(event: TroupeEvent): boolean {
    const before = this.#agents.get(event.agent_id ?? "");
    const after = reduce(before, event);
    if (after === undefined || after === before) return false;
    this.#agents.set(after.id, after);
    return true;
  }

  /** Takes over the rates of an earlier picture, after everything has been read again. */
  inherit(before: FleetPicture): void {
    for (const agent of this.#agents.values()) {
      const known = before.find(agent.id);
      if (known === undefined) continue;
      // If steps were missed, the times of their ends are unknown: counting starts again.
      if (known.iteration < agent.iteration) continue;
      this.#agents.set(agent.id, { ...agent, rate: known.rate });
    }
  }

  /** The number of agents in each status; statuses without an agent are left out. */
  countByStatus(): ReadonlyMap<AgentStatus, number> {
    const counts = new Map<AgentStatus, number>();
    for (const { status } of this.#agents.values())
      counts.set(status, (counts.get(status) ?? 0) + 1);
    return counts;
  }

  /** Names of the types of these agents. */
  types(): readonly string[] {
    return [...new Set(this.agents.map(({ type }) => type))].toSorted((one, other) =>
      one < other ? -1 : 1,
    );
  }
}

function reduce(before: AgentPicture | undefined, event: TroupeEvent): AgentPicture | undefined {
  if (event.type === "agent.status") {
    const agent = before ?? newAgent(event.data, event.time);
    return withoutEndedThread(withRow(agent, event.data));
  }
  if (before === undefined) return undefined;
  switch (event.type) {
    case "agent.step":
      return withStep(before, seenStep(event.data));
    case "agent.guidance":
      return withGuidance(before, event.data);
    case "agent.unresponsive":
      return { ...before, unresponsiveSince: event.data.since };
    case "agent.progress":
      return withProgress(before, event.data);
    default:
      return before;
  }
}

function seenStep({
  iteration,
  status,
  subject,
  result,
  error,
  ended_at,
  guidance_used,
}: StepRow): SeenStep {
  const step = { iteration, status, subject, ended_at, used: guidance_used ?? [] };
  return error === null
    ? { ...step, text: result }
    : { ...step, text: error.message, code: error.code };
}

/** An agent that has ended has no thread, and no figures of one. */
function withoutEndedThread(agent: AgentPicture): AgentPicture {
  const hasThread = !["stopped", "error", "restarting"].includes(agent.status);
  if (hasThread || (agent.live === null && agent.unresponsiveSince === null)) return agent;
  const figures = { live: null, cpuShare: null, progress: null, highMemorySince: null };
  return { ...agent, ...figures, unresponsiveSince: null, isWaiting: false };
}
