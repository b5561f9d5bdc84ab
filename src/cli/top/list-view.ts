/** Which agents the table shows, in which order, and which of them is selected. Pure. */

import { type AgentStatus, isAlive } from "../../model/agent.ts";
import { compareNaturally } from "../text/natural-order.ts";
import { type Board, type BoardAgent, memoryOf } from "./board.ts";

/** Which agents are shown, in the order in which one key goes through them. */
export const filters = [
  "all",
  "alive",
  "running",
  "paused",
  "paused by failures",
  "unresponsive",
  "error",
  "stopped",
] as const;
export type Filter = (typeof filters)[number];

/** What the table is sorted by, in the order in which one key goes through them. */
export const sortKeys = ["id", "status", "subject", "iteration", "rate", "memory", "cpu"] as const;
export type SortKey = (typeof sortKeys)[number];

export interface ListView {
  readonly filter: Filter;
  /** Part of an id, a type, a subject or a result, whatever the case. */
  readonly search: string;
  readonly sort: SortKey;
  readonly isReversed: boolean;
  /** Keeps its place in the sorted list: when it leaves it, the one that takes its place is next. */
  readonly selectedId: string | undefined;
  readonly selectedIndex: number;
  /** Index of the first agent on the screen. */
  readonly first: number;
}

export const wholeList: ListView = {
  filter: "all",
  search: "",
  sort: "id",
  isReversed: false,
  selectedId: undefined,
  selectedIndex: 0,
  first: 0,
};

const statusOrder: Record<AgentStatus, number> = {
  error: 0,
  restarting: 1,
  starting: 2,
  stopping: 3,
  pausing: 4,
  paused: 5,
  running: 6,
  stopped: 7,
};

/** The agents that fit, sorted. Figures go from high to low, words from a to z. */
export function listAgents(board: Board, view: ListView, now: number): readonly BoardAgent[] {
  const search = view.search.toLowerCase();
  const found = [...board.all].filter(
    (agent) => fits(agent, view.filter) && (search === "" || contains(agent, search)),
  );
  const keys = new Map(found.map((agent) => [agent, sortKeyOf(agent, view.sort, now)]));
  const direction = view.isReversed ? -1 : 1;
  return found.sort(
    (a, b) => direction * compare(keys.get(a) ?? 0, keys.get(b) ?? 0) || compare(a.id, b.id),
  );
}

/** The view with its selection on an agent of the list, and the screen around the selection. */
export function clampSelection(
  view: ListView,
  agents: readonly BoardAgent[],
  rowsShown: number,
): ListView {
  const found = agents.findIndex(({ id }) => id === view.selectedId);
  const index = Math.max(0, Math.min(found === -1 ? view.selectedIndex : found, agents.length - 1));
  const lastFirst = Math.max(0, agents.length - rowsShown);
  const first = Math.min(Math.max(view.first, index - rowsShown + 1), index, lastFirst);
  return {
    ...view,
    selectedIndex: index,
    selectedId: agents[index]?.id,
    first: Math.max(0, first),
  };
}

/** Selects the agent so many places further; from the ends on it stays. */
export function move(view: ListView, agents: readonly BoardAgent[], places: number): ListView {
  const index = Math.max(0, Math.min(view.selectedIndex + places, agents.length - 1));
  return { ...view, selectedIndex: index, selectedId: agents[index]?.id };
}

/** Sorted by `sort`, the other way round if it is already, and seen from the top. */
export function sortBy(view: ListView, sort: SortKey): ListView {
  const isReversed = view.sort === sort && !view.isReversed;
  return { ...view, sort, isReversed, selectedId: undefined, selectedIndex: 0, first: 0 };
}

/** The one after it, the first after the last. */
export function nextOf<T>(list: readonly T[], current: T): T {
  return list[(list.indexOf(current) + 1) % list.length] ?? current;
}

function fits(agent: BoardAgent, filter: Filter): boolean {
  const { status } = agent;
  switch (filter) {
    case "all":
      return true;
    case "alive":
      return isAlive(status);
    case "paused":
      return status === "paused" || status === "pausing";
    case "paused by failures":
      return agent.isPausedByFailures;
    case "unresponsive":
      return agent.live !== null && agent.live.unresponsive_since !== null;
    case "stopped":
      return status === "stopped" || status === "stopping";
    case "running":
    case "error":
      return status === filter;
  }
}

function contains({ id, type, subject, lastResult }: BoardAgent, search: string): boolean {
  return [id, type, subject ?? "", lastResult].some((text) => text.toLowerCase().includes(search));
}

function sortKeyOf(agent: BoardAgent, sort: SortKey, now: number): string | number {
  switch (sort) {
    case "id":
      return agent.id;
    case "status":
      return statusOrder[agent.status];
    case "subject":
      return agent.subject ?? "";
    case "iteration":
      return -agent.iteration;
    case "rate":
      return -(agent.rate.perMinute(now) ?? -1);
    case "memory":
      return -(memoryOf(agent) ?? -1);
    case "cpu":
      return -(agent.cpuPercent ?? -1);
  }
}

/** agent10 comes after agent9. */
function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return compareNaturally(String(a), String(b));
}
