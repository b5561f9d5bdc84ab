/** Live figures of agents' threads, for the API and the page. */

import { waitAtMost } from "../deadline.ts";
import type { AgentRow } from "../model/agent.ts";
import { placeFrame } from "../model/agent-inside.ts";
import type { LiveFigures } from "../model/agent-view.ts";
import type { AgentId } from "../model/ids.ts";
import type { Watchdog } from "./guard/watchdog.ts";
import type { Supervisor } from "./supervisor.ts";

/** Milliseconds for a thread's answer to a request for its figures. */
const ANSWER_MS_MAX = 250;

type Agents = Pick<Supervisor, "agents" | "awake">;
type Threads = Pick<Watchdog, "memoryOf" | "watchNew" | "framesOf">;
/** The model for which the agent's call waits, if it does. */
type FindModelWait = (agentId: AgentId) => LiveFigures["model_wait"] | undefined;

export class LiveReader {
  readonly #supervisor: Agents;
  readonly #watchdog: Threads;
  readonly #modelWaitOf: FindModelWait;

  constructor(supervisor: Agents, watchdog: Threads, modelWaitOf: FindModelWait = () => undefined) {
    this.#supervisor = supervisor;
    this.#watchdog = watchdog;
    this.#modelWaitOf = modelWaitOf;
  }

  /**
   * The known figures of the agent's thread, without a request to it, cheap enough for a list of all:
   * memory and processor time may be 10 s old. Of the calls of a silent thread it has the place in the
   * agent's own code alone: all calls of hundreds of agents would be megabytes each second. Null if the
   * agent has no thread.
   */
  one(agentId: AgentId): LiveFigures | null {
    const figures = this.#whole(agentId);
    const frames = figures?.unresponsive_frames ?? null;
    if (figures === null || frames === null) return figures;
    const place = placeFrame(frames);
    return { ...figures, unresponsive_frames: place === undefined ? [] : [place] };
  }

  /** {@link one} for all agents with a thread. */
  all(): ReadonlyMap<AgentId, LiveFigures> {
    const found = new Map<AgentId, LiveFigures>();
    for (const { record } of this.#supervisor.awake) {
      const figures = this.one(record.id);
      if (figures !== null) found.set(record.id, figures);
    }
    return found;
  }

  /**
   * All figures with all calls, after a request to the thread. If the thread does not answer, because it is
   * in a long call into C++, the last known figures.
   */
  async refreshed(agentId: AgentId): Promise<LiveFigures | null> {
    this.#watchdog.watchNew();
    const child = this.#supervisor.agents.get(agentId)?.child;
    const answer = child && this.#watchdog.memoryOf(child)?.refresh();
    if (answer !== undefined) await waitAtMost(answer, ANSWER_MS_MAX);
    return this.#whole(agentId);
  }

  #whole(agentId: AgentId): LiveFigures | null {
    const agent = this.#supervisor.agents.get(agentId);
    if (agent?.child === undefined || agent.child.hasEnded) return null;
    const { child } = agent;
    const account = this.#watchdog.memoryOf(child);
    const usage = account?.usage;
    const { pending_guidance } = agent.record.row;
    return {
      heap_bytes: usage?.heapBytes ?? 0,
      external_bytes: usage?.externalBytes ?? 0,
      shared_bytes: child.sharedBytes,
      cpu_ms: Math.round(usage?.cpuMs ?? 0),
      memory_max_bytes: account?.budgetBytes ?? null,
      mailbox_length: pending_guidance.length,
      guidance_since: pending_guidance[0]?.at ?? null,
      unresponsive_since: child.unresponsiveSince ?? null,
      unresponsive_frames: this.#watchdog.framesOf(child) ?? null,
      step_since: child.steps.since ?? null,
      due_since:
        child.steps.since === undefined
          ? dueSince(agent.record.row, agent.rest.dueAt, Date.now())
          : null,
      interval_ms: agent.rest.intervalMs,
      model_wait: this.#modelWaitOf(agentId) ?? null,
      progress: child.steps.progress ?? null,
    };
  }
}

/**
 * Since when the next step of an agent between two steps has been due; null if none is. Its row changes with
 * each step and each resume: before that no step was missing. Pure.
 */
export function dueSince(
  { status, updated_at }: Pick<AgentRow, "status" | "updated_at">,
  dueAt: number,
  now: number,
): number | null {
  const since = Math.max(dueAt, updated_at);
  return status === "running" && since <= now ? since : null;
}
