/** Which agents the list shows: searched, filtered, sorted and grouped. Pure. */

import type { AgentStatus } from "../../model/agent.ts";
import { compareAgents, isLargeFirst, type SortKey } from "../../picture/agent-order.ts";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import { chosenBy, type ListQuery } from "../../picture/list-query.ts";
import { compareStatus } from "../../picture/status-tone.ts";

/** One line of the list: an agent, or the heading of a group. */
export type ListRow =
  | { readonly kind: "agent"; readonly id: string; readonly agent: AgentPicture }
  | { readonly kind: "group"; readonly status: AgentStatus; readonly count: number };

/** The agents that the query selects, in its order. */
export function selectAgents(
  agents: readonly AgentPicture[],
  query: ListQuery,
  now: number,
): readonly AgentPicture[] {
  const found = agents.filter(chosenBy(query, now));
  return found.sort(compareAgents(query.sort, query.isDescending, now));
}

/** The lines of the selected agents. */
export function toRows(
  agents: readonly AgentPicture[],
  isGrouped: boolean,
  statusOf: (agent: AgentPicture) => AgentStatus = ({ status }) => status,
): readonly ListRow[] {
  if (!isGrouped) return agents.map(agentRow);
  const groups = Map.groupBy(agents, statusOf);
  return [...groups]
    .sort(([one], [other]) => compareStatus(one, other))
    .flatMap(([status, members]) => [
      { kind: "group" as const, status, count: members.length },
      ...members.map(agentRow),
    ]);
}

/** The query sorted by `key`; the same key again reverses the direction. */
export function sortedBy(query: ListQuery, key: SortKey): ListQuery {
  const isSame = query.sort === key;
  const isDescending = isSame ? !query.isDescending : isLargeFirst(key);
  return { ...query, sort: key, isDescending };
}

/** The query with a status added to the filter, or removed from it. */
export function toggledStatus(query: ListQuery, status: AgentStatus): ListQuery {
  const { statuses } = query;
  const toggled = statuses.has(status)
    ? statuses.difference(new Set([status]))
    : statuses.union(new Set([status]));
  return { ...query, statuses: toggled };
}

function agentRow(agent: AgentPicture): ListRow {
  return { kind: "agent", id: agent.id, agent };
}
