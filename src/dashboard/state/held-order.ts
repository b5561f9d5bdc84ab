/**
 * The order of the list while somebody points at it. Invariant: no agent changes places with another
 * one until it is released or something else is asked for; what a line says stays current. Pure.
 */

import type { AgentStatus } from "../../model/agent.ts";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import type { ListQuery } from "./agent-rows.ts";

export interface HeldOrder {
  readonly query: ListQuery;
  /** Listed agents in their order, each with the status that it had, which is its group. */
  readonly statuses: ReadonlyMap<string, AgentStatus>;
}

export function holdOrder(query: ListQuery, agents: readonly AgentPicture[]): HeldOrder {
  return { query, statuses: new Map(agents.map(({ id, status }) => [id, status])) };
}

/** The held agents as they are now, even those that the filters no longer let through; new ones at the end. */
export function inHeldOrder(
  { statuses }: HeldOrder,
  found: readonly AgentPicture[],
  find: (id: string) => AgentPicture | undefined,
): readonly AgentPicture[] {
  const kept = [...statuses.keys()].flatMap((id) => find(id) ?? []);
  return [...kept, ...found.filter(({ id }) => !statuses.has(id))];
}
