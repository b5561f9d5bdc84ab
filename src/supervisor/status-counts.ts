/** The census: how many agents there are of each status, without asking the table again. */

import { type AgentStatus, agentStatuses, isAlive } from "../model/agent.ts";

/** Agents that have ended, of whom nothing is kept in memory. */
export type EndedCounts = Readonly<Partial<Record<AgentStatus, number>>>;

export interface Counted {
  readonly agents: Readonly<Record<AgentStatus, number>>;
  /** Of these, those whose event loop does not turn. */
  readonly unresponsive: number;
}

/** What is looked at of an agent in care. */
interface InCare {
  readonly record: { readonly row: { readonly status: AgentStatus } };
  readonly child: { readonly unresponsiveSince: number | undefined } | undefined;
}

export class StatusCounts {
  readonly #ended: Record<AgentStatus, number>;

  /** @param ended as the table has them when the process starts */
  constructor(ended: EndedCounts) {
    this.#ended = { ...none(), ...ended };
  }

  /** An agent that had ended is in care again. */
  remove(status: AgentStatus): void {
    if (!isAlive(status)) this.#ended[status] -= 1;
  }

  /** An agent is in care no more. */
  add(status: AgentStatus): void {
    if (!isAlive(status)) this.#ended[status] += 1;
  }

  /** @param inCare all agents that have a thread or will get one */
  count(inCare: Iterable<InCare>): Counted {
    const agents = { ...this.#ended };
    let unresponsive = 0;
    for (const { record, child } of inCare) {
      agents[record.row.status] += 1;
      if (child?.unresponsiveSince !== undefined) unresponsive += 1;
    }
    return { agents, unresponsive };
  }
}

function none(): Record<AgentStatus, number> {
  return Object.fromEntries(agentStatuses.map((status) => [status, 0])) as Record<
    AgentStatus,
    number
  >;
}
