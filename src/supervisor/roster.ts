/** The roster: the managed agents by id, and the number of ended ones by status. */

import type { AgentRow } from "../model/agent.ts";
import type { AgentId } from "../model/ids.ts";
import type { AgentRecord } from "./agent-record.ts";
import type { ManagedAgent } from "./managed-agent.ts";
import { Residency } from "./residency.ts";
import { type Counted, StatusCounts } from "./status-counts.ts";
import type { SupervisorOptions } from "./supervisor-options.ts";

type RosterOptions = Pick<SupervisorOptions, "ended" | "countWaiting" | "checkCapacity">;

export class Roster {
  readonly #agents = new Map<AgentId, ManagedAgent>();
  readonly #census: StatusCounts;
  readonly residency: Residency<ManagedAgent>;
  readonly #checkCapacity: RosterOptions["checkCapacity"];
  /** Agents added since the start of {@link readEnded}; undefined while it does not run. */
  #newcomers: Set<AgentId> | undefined;

  constructor({ ended = {}, countWaiting, checkCapacity }: RosterOptions, idleMs: () => number) {
    this.#census = new StatusCounts(ended);
    this.#checkCapacity = checkCapacity;
    this.residency = new Residency({ idleMs, countWaiting });
  }

  get agents(): ReadonlyMap<AgentId, ManagedAgent> {
    return this.#agents;
  }

  /** @throws {TroupeError} `AGENT_LIMIT` if there is no room for one more thread. */
  checkRoom(): void {
    // Those that have a thread, now or soon.
    const refusal = this.#checkCapacity?.(this.#agents.size - this.residency.resting);
    if (refusal !== undefined) throw refusal;
  }

  count(): Counted {
    return this.#census.count(this.residency.awake, this.residency.counts);
  }

  /** An ended agent is managed again. An agent that is just ending still is managed. */
  takeBack({ agent_id, status }: AgentRow): void {
    if (!this.#agents.has(agent_id)) this.#census.remove(status);
  }

  add(agent: ManagedAgent): void {
    this.#agents.set(agent.record.id, agent);
    this.residency.add(agent);
    this.#newcomers?.add(agent.record.id);
  }

  /** The agent has ended, and its row has that status. */
  release({ id, row }: AgentRecord): void {
    this.drop({ id });
    this.#census.add(row.status);
  }

  /** The process ends and no longer manages the agent. */
  drop({ id }: Pick<AgentRecord, "id">): void {
    const agent = this.#agents.get(id);
    if (agent !== undefined) this.residency.drop(agent.rest);
    this.#agents.delete(id);
  }

  /**
   * Rows of agents that are still ended: some may have been started, and ended again, during the read.
   */
  async readEnded(read: () => Promise<readonly AgentRow[]>): Promise<readonly AgentRow[]> {
    const newcomers = new Set<AgentId>();
    this.#newcomers = newcomers;
    const rows = await read();
    this.#newcomers = undefined;
    return rows.filter(({ agent_id: id }) => !this.#agents.has(id) && !newcomers.has(id));
  }
}
