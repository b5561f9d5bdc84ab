/** Which agents the list shows: searched, filtered, sorted and grouped. Pure. */

import type { AgentStatus } from "../../model/agent.ts";
import { compareAgents, isLargeFirst, type SortKey, searchFor } from "../../picture/agent-order.ts";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import { hasTrouble } from "../../picture/agent-troubles.ts";
import { compareStatus } from "../../picture/status-tone.ts";
import type { Trouble } from "../../picture/trouble.ts";
import { hasCause } from "../../picture/trouble-causes.ts";

export interface ListQuery {
  /** Words that must all be found, see {@link searchFor}. */
  readonly search: string;
  /** Empty = every status. */
  readonly statuses: ReadonlySet<AgentStatus>;
  /** Empty = every type. */
  readonly type: string;
  /** Only agents with this trouble; empty = all. */
  readonly trouble: Trouble | "";
  /** Only agents whose trouble has this cause, by its id; empty = all. */
  readonly cause: string;
  readonly sort: SortKey;
  readonly isDescending: boolean;
  readonly isGrouped: boolean;
}

export const listQueryDefault: ListQuery = {
  search: "",
  statuses: new Set(),
  type: "",
  trouble: "",
  cause: "",
  sort: "id",
  isDescending: false,
  isGrouped: false,
};

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
  const isFound = searchFor(query.search);
  const found = agents.filter((agent) => fits(agent, query, now) && isFound(agent));
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

export function isFiltered({ search, statuses, type, trouble, cause }: ListQuery): boolean {
  const hasWords = search.trim() !== "" || type !== "" || trouble !== "" || cause !== "";
  return hasWords || statuses.size > 0;
}

function agentRow(agent: AgentPicture): ListRow {
  return { kind: "agent", id: agent.id, agent };
}

function fits(
  agent: AgentPicture,
  { statuses, type, trouble, cause }: ListQuery,
  now: number,
): boolean {
  if (statuses.size > 0 && !statuses.has(agent.status)) return false;
  if (type !== "" && agent.type !== type) return false;
  if (trouble !== "" && !hasTrouble(agent, trouble, now)) return false;
  return cause === "" || hasCause(agent, cause, now);
}
