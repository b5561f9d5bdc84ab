/** The roster: the agents in care, by id, and how many others there are of each status. */

import type { AgentRow } from "../model/agent.ts";
import type { AgentId } from "../model/ids.ts";
import type { AgentRecord } from "./agent-record.ts";
import type { ManagedAgent } from "./managed-agent.ts";
import { type Counted, type EndedCounts, StatusCounts } from "./status-counts.ts";

export class Roster {
  readonly #agents = new Map<AgentId, ManagedAgent>();
  readonly #census: StatusCounts;
  /** Agents that came into care since somebody began to read rows of ended ones. */
  #newcomers: Set<AgentId> | undefined;

  /** @param ended agents that have ended, as the table has them when the process starts */
  constructor(ended: EndedCounts) {
    this.#census = new StatusCounts(ended);
  }

  get agents(): ReadonlyMap<AgentId, ManagedAgent> {
    return this.#agents;
  }

  count(): Counted {
    return this.#census.count(this.#agents.values());
  }

  /** An ended agent is to be in care again. One that is just ending is in care still. */
  takeBack({ agent_id, status }: AgentRow): void {
    if (!this.#agents.has(agent_id)) this.#census.remove(status);
  }

  add(agent: ManagedAgent): void {
    this.#agents.set(agent.record.id, agent);
    this.#newcomers?.add(agent.record.id);
  }

  /** The agent is at its end, and its row says so. */
  release({ id, row }: AgentRecord): void {
    this.#agents.delete(id);
    this.#census.add(row.status);
  }

  /** The process ends: the agent is in nobody's care. */
  drop({ id }: AgentRecord): void {
    this.#agents.delete(id);
  }

  /**
   * Rows of ended agents that are ended still: while they were read, some may have been started, and
   * ended once more.
   */
  async readEnded(read: () => Promise<readonly AgentRow[]>): Promise<readonly AgentRow[]> {
    const newcomers = new Set<AgentId>();
    this.#newcomers = newcomers;
    const rows = await read();
    this.#newcomers = undefined;
    return rows.filter(({ agent_id: id }) => !this.#agents.has(id) && !newcomers.has(id));
  }
}
