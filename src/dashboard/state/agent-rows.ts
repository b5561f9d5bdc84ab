/** What the list shows of the fleet: searched, filtered, sorted and grouped. Pure. */

import type { AgentStatus } from "../../model/agent.ts";
import { type AgentEntry, memoryOf } from "./agent-entry.ts";
import { compareStatus } from "./status-words.ts";
import { type Trouble, troubleOfEntry } from "./trouble.ts";

export const sortKeys = [
  ...(["status", "id", "subject", "iteration"] as const),
  ...(["rate", "memory", "cpu", "updated"] as const),
];
export type SortKey = (typeof sortKeys)[number];

export interface ListQuery {
  /** Each word must be found in id, type, subject, result or error. */
  readonly search: string;
  /** Empty = every status. */
  readonly statuses: ReadonlySet<AgentStatus>;
  /** Empty = every type. */
  readonly type: string;
  /** Only those with this trouble; empty = whatever they have. */
  readonly trouble: Trouble | "";
  readonly sort: SortKey;
  readonly isDescending: boolean;
  readonly isGrouped: boolean;
}

export const listQueryDefault: ListQuery = {
  search: "",
  statuses: new Set(),
  type: "",
  trouble: "",
  sort: "id",
  isDescending: false,
  isGrouped: false,
};

/** One line of the list: an agent, or the heading of a group. */
export type ListRow =
  | { readonly kind: "agent"; readonly id: string; readonly entry: AgentEntry }
  | { readonly kind: "group"; readonly status: AgentStatus; readonly count: number };

const collator = new Intl.Collator("en", { numeric: true });

/** The agents that the query lets through, in its order. */
export function selectAgents(
  entries: readonly AgentEntry[],
  query: ListQuery,
  now: number,
): readonly AgentEntry[] {
  const words = query.search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => matches(entry, query, words));
  return found.sort(compareBy(query, now));
}

/** The lines of agents that were selected. */
export function toRows(
  agents: readonly AgentEntry[],
  isGrouped: boolean,
  statusOf: (entry: AgentEntry) => AgentStatus = ({ status }) => status,
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

/** The query sorted by `key`: again by the same one turns the direction. */
export function sortedBy(query: ListQuery, key: SortKey): ListQuery {
  const isSame = query.sort === key;
  const isDescending = isSame ? !query.isDescending : isLargeFirst(key);
  return { ...query, sort: key, isDescending };
}

/** The query with a status let through, or not any more. */
export function toggledStatus(query: ListQuery, status: AgentStatus): ListQuery {
  const { statuses } = query;
  const toggled = statuses.has(status)
    ? statuses.difference(new Set([status]))
    : statuses.union(new Set([status]));
  return { ...query, statuses: toggled };
}

export function isFiltered({ search, statuses, type, trouble }: ListQuery): boolean {
  return search.trim() !== "" || statuses.size > 0 || type !== "" || trouble !== "";
}

function agentRow(entry: AgentEntry): ListRow {
  return { kind: "agent", id: entry.id, entry };
}

function isLargeFirst(key: SortKey): boolean {
  return ["iteration", "rate", "memory", "cpu", "updated"].includes(key);
}

function matches(entry: AgentEntry, query: ListQuery, words: readonly string[]): boolean {
  if (query.statuses.size > 0 && !query.statuses.has(entry.status)) return false;
  if (query.type !== "" && entry.type !== query.type) return false;
  if (query.trouble !== "" && troubleOfEntry(entry) !== query.trouble) return false;
  if (words.length === 0) return true;
  const { id, type, subject, result, error } = entry;
  const text = `${id}\n${type}\n${subject ?? ""}\n${result ?? ""}\n${error?.code ?? ""} ${error?.details?.["last"] ?? ""} ${error?.message ?? ""}`;
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

type Compare = (one: AgentEntry, other: AgentEntry) => number;

/** Ties are broken by id, so that lines do not change places for nothing. */
function compareBy({ sort, isDescending }: ListQuery, now: number): Compare {
  const compare = comparers(now)[sort];
  const sign = isDescending ? -1 : 1;
  return (one, other) => sign * compare(one, other) || byId(one, other);
}

const byId: Compare = (one, other) => collator.compare(one.id, other.id);

function comparers(now: number): Readonly<Record<SortKey, Compare>> {
  const byNumber =
    (of: (entry: AgentEntry) => number | null): Compare =>
    (one, other) =>
      (of(one) ?? -1) - (of(other) ?? -1);
  return {
    id: byId,
    status: (one, other) => compareStatus(one.status, other.status),
    subject: (one, other) => collator.compare(one.subject ?? "", other.subject ?? ""),
    iteration: byNumber(({ iteration }) => iteration),
    rate: byNumber(({ rate }) => rate.perMinute(now)),
    memory: byNumber(memoryOf),
    cpu: byNumber(({ cpuShare }) => cpuShare),
    updated: byNumber(({ updatedAt }) => updatedAt),
  };
}
