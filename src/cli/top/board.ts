/**
 * The agents that `troupe top` knows, kept current by what the server tells: rows read from time to
 * time, and events in between. No I/O and no clock.
 */

import type { AgentStatus } from "../../model/agent.ts";
import { type ListedAgent, type LiveFigures, memoryBytes } from "../../model/agent-view.ts";
import type { AgentSummary, TroupeEvent } from "../../model/event.ts";
import { isPausedByFailures } from "../agent-trouble.ts";
import { StepRate } from "./step-rates.ts";

/** One agent as the table shows it. */
export interface BoardAgent {
  readonly id: string;
  status: AgentStatus;
  subject: string | null;
  iteration: number;
  /** What its last step came to, in words. */
  lastResult: string;
  hasFailed: boolean;
  /** Paused by itself, because its steps kept failing. */
  isPausedByFailures: boolean;
  readonly type: string;
  live: LiveFigures | null;
  /** Share of one processor between the last two readings; undefined before the second one. */
  cpuPercent: number | undefined;
  /** When the row that this stands on was stored. */
  updatedAt: number;
  generation: number;
  readonly rate: StepRate;
}

/** Bytes of an agent: all that its thread holds. */
export function memoryOf({ live }: BoardAgent): number | undefined {
  return live === null ? undefined : memoryBytes(live);
}

export class Board {
  readonly #agents = new Map<string, BoardAgent>();
  #readAt: number | undefined;

  get all(): Iterable<BoardAgent> {
    return this.#agents.values();
  }

  get size(): number {
    return this.#agents.size;
  }

  find(agentId: string): BoardAgent | undefined {
    return this.#agents.get(agentId);
  }

  /** All agents, as they were read at `now`. */
  read(views: readonly ListedAgent[], now: number): void {
    const elapsedMs = this.#readAt === undefined ? undefined : now - this.#readAt;
    this.#readAt = now;
    for (const view of views) {
      const agent = this.#agents.get(view.agent_id) ?? this.#add(view, new StepRate(now));
      agent.cpuPercent = cpuBetween(agent, view, elapsedMs);
      agent.live = view.live;
      // An event that came while this was read may be newer.
      if (view.updated_at >= agent.updatedAt) setRow(agent, view);
    }
    const read = new Set<string>(views.map(({ agent_id }) => agent_id));
    for (const agent of this.#agents.values()) {
      if (!read.has(agent.id) && agent.updatedAt < now - FORGET_AFTER_MS) {
        this.#agents.delete(agent.id);
      }
    }
  }

  /** Takes in an event. @returns true where the table shows something new. */
  hear(event: TroupeEvent, now: number): boolean {
    if (event.type === "agent.status") {
      const agent = this.#agents.get(event.data.agent_id);
      if (agent === undefined) this.#add(event.data, new StepRate(now));
      else setRow(agent, event.data);
      return true;
    }
    if (event.type !== "agent.step") return false;
    const { agent_id, iteration, subject, status, result, error, ended_at } = event.data;
    const agent = this.#agents.get(agent_id);
    if (agent === undefined) return false;
    agent.rate.count(ended_at);
    agent.iteration = iteration;
    agent.subject = subject;
    agent.hasFailed = status === "error";
    agent.lastResult = error === null ? (result ?? "") : `${error.code}: ${error.message}`;
    agent.updatedAt = Math.max(agent.updatedAt, ended_at);
    return true;
  }

  #add(row: AgentSummary, rate: StepRate): BoardAgent {
    const agent: BoardAgent = {
      id: row.agent_id,
      status: row.status,
      subject: null,
      iteration: 0,
      lastResult: "",
      hasFailed: false,
      isPausedByFailures: false,
      type: row.agent_type,
      live: null,
      cpuPercent: undefined,
      updatedAt: 0,
      generation: row.generation,
      rate,
    };
    setRow(agent, row);
    this.#agents.set(agent.id, agent);
    return agent;
  }
}

/** Milliseconds after which an agent that the server does not list any more is forgotten. */
const FORGET_AFTER_MS = 10_000;

function setRow(agent: BoardAgent, row: AgentSummary): void {
  const { last_error: error } = row;
  agent.isPausedByFailures = isPausedByFailures(row);
  if (error !== null && (row.status === "error" || agent.isPausedByFailures)) {
    agent.hasFailed = true;
    agent.lastResult = `${error.code}: ${error.message}`;
  } else if (row.iteration !== agent.iteration || agent.lastResult === "") {
    // A row tells only of the last step that succeeded, which may not be the last one.
    agent.hasFailed = false;
    agent.lastResult = row.result ?? "";
  }
  agent.status = row.status;
  agent.subject = row.current_subject;
  agent.iteration = row.iteration;
  agent.updatedAt = row.updated_at;
  agent.generation = row.generation;
}

/** A new thread begins to count at 0. */
function cpuBetween(
  { live, generation }: BoardAgent,
  view: ListedAgent,
  elapsedMs: number | undefined,
): number | undefined {
  if (elapsedMs === undefined || elapsedMs <= 0 || view.live === null || live === null) {
    return undefined;
  }
  const spentMs = view.live.cpu_ms - (view.generation === generation ? live.cpu_ms : 0);
  return (Math.max(0, spentMs) / elapsedMs) * 100;
}
