/**
 * The order of the list while the pointer is on it. Invariant: agents keep their places until the
 * order is released or the query changes; the lines themselves stay current. Pure.
 */

import type { AgentStatus } from "../../model/agent.ts";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import type { ListQuery } from "../../picture/list-query.ts";

export interface HeldOrder {
  readonly query: ListQuery;
  /** Listed agents in order, each with the status that it had, which is its group. */
  readonly statuses: ReadonlyMap<string, AgentStatus>;
}

export function holdOrder(query: ListQuery, agents: readonly AgentPicture[]): HeldOrder {
  return { query, statuses: new Map(agents.map(({ id, status }) => [id, status])) };
}

/**
 * The held agents with their current values, including those the filters now exclude; new ones
 * last.
 */
export function inHeldOrder(
  { statuses }: HeldOrder,
  found: readonly AgentPicture[],
  find: (id: string) => AgentPicture | undefined,
): readonly AgentPicture[] {
  const kept = [...statuses.keys()].flatMap((id) => find(id) ?? []);
  return [...kept, ...found.filter(({ id }) => !statuses.has(id))];
}
