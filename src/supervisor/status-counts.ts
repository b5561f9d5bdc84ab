/** Counts agents by status, without another query. */

import { type AgentStatus, agentStatuses, isAlive } from "../model/agent.ts";
import type { Residency } from "../model/agent-residency.ts";

/** Ended agents, which are not kept in memory. */
export type EndedCounts = Readonly<Partial<Record<AgentStatus, number>>>;

export interface Counted {
  readonly agents: Readonly<Record<AgentStatus, number>>;
  /** How many of them have an event loop that does not turn. */
  readonly unresponsive: number;
  /** How many of the living ones have a thread, and how many have none; `cold` ones are not in memory. */
  readonly residency: Readonly<Record<Residency, number>>;
}

/** The counted part of a managed agent. */
interface Managed {
  readonly record: { readonly row: { readonly status: AgentStatus } };
  readonly child: { readonly unresponsiveSince: number | undefined } | undefined;
}

export class StatusCounts {
  readonly #ended: Record<AgentStatus, number>;

  /** @param ended counts in the table at the start of the process */
  constructor(ended: EndedCounts) {
    this.#ended = { ...none(), ...ended };
  }

  /** An ended agent is managed again. */
  remove(status: AgentStatus): void {
    if (!isAlive(status)) this.#ended[status] -= 1;
  }

  /** An agent is no longer managed. */
  add(status: AgentStatus): void {
    if (!isAlive(status)) this.#ended[status] += 1;
  }

  /**
   * @param awake living agents that do not rest
   * @param resting how many others rest, by status
   */
  count(awake: Iterable<Managed>, resting: ReadonlyMap<AgentStatus, number>): Counted {
    const agents = { ...this.#ended };
    let unresponsive = 0;
    const residency = { hot: 0, warm: 0, cold: 0 };
    for (const { record, child } of awake) {
      agents[record.row.status] += 1;
      if (child?.unresponsiveSince !== undefined) unresponsive += 1;
      if (isAlive(record.row.status)) residency[child === undefined ? "warm" : "hot"] += 1;
    }
    for (const [status, count] of resting) {
      agents[status] += count;
      residency.warm += count;
    }
    return { agents, unresponsive, residency };
  }
}

function none(): Record<AgentStatus, number> {
  return Object.fromEntries(agentStatuses.map((status) => [status, 0])) as Record<
    AgentStatus,
    number
  >;
}
