/** Which agents the table shows, in which order, and which of them is selected. Pure. */

import { isAlive } from "../../model/agent.ts";
import {
  compareAgents,
  isLargeFirst,
  type SortKey as PictureSortKey,
} from "../../picture/agent-order.ts";
import { type AgentPicture, troubleOfAgent } from "../../picture/agent-picture.ts";
import { type AgentChoice, chosenBy, everyAgent } from "../../picture/list-query.ts";

/** Which agents are shown, in the order in which one key steps through the filters. */
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

/** What the table is sorted by, in the order in which one key steps through the columns. */
export const sortKeys = [
  "id",
  "status",
  "subject",
  "iteration",
  "rate",
  "memory",
  "cpu",
] as const satisfies readonly PictureSortKey[];
export type SortKey = (typeof sortKeys)[number];

export interface ListView {
  readonly filter: Filter;
  /** Of a typed command; without its search. */
  readonly choice: AgentChoice;
  /** Words that must all be found, see {@link searchFor}. */
  readonly search: string;
  readonly sort: SortKey;
  readonly isReversed: boolean;
  /** If this agent leaves the list, the one that takes its place is selected. */
  readonly selectedId: string | undefined;
  readonly selectedIndex: number;
  /** Index of the first agent on the screen. */
  readonly first: number;
}

export const wholeList: ListView = {
  filter: "all",
  choice: everyAgent,
  search: "",
  sort: "id",
  isReversed: false,
  selectedId: undefined,
  selectedIndex: 0,
  first: 0,
};

/** The agents of the view, sorted: figures from high to low, text from a to z. */
export function listAgents(
  agents: readonly AgentPicture[],
  { filter, choice, search, sort, isReversed }: ListView,
  now: number,
): readonly AgentPicture[] {
  const isChosen = chosenBy({ ...choice, search }, now);
  const found = agents.filter((agent) => fits(agent, filter) && isChosen(agent));
  return found.sort(compareAgents(sort, isLargeFirst(sort) !== isReversed, now));
}

/** The view with its selection on an agent of the list, scrolled so that the selection is visible. */
export function clampSelection(
  view: ListView,
  agents: readonly AgentPicture[],
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

/** Selects the agent so many places further, at most the first or the last one. */
export function move(view: ListView, agents: readonly AgentPicture[], places: number): ListView {
  const index = Math.max(0, Math.min(view.selectedIndex + places, agents.length - 1));
  return { ...view, selectedIndex: index, selectedId: agents[index]?.id };
}

/** Sorted by `sort`, reversed if it already is, and scrolled to the top. */
export function sortBy(view: ListView, sort: SortKey): ListView {
  const isReversed = view.sort === sort && !view.isReversed;
  return { ...view, sort, isReversed, selectedId: undefined, selectedIndex: 0, first: 0 };
}

/** The next one; after the last comes the first. */
export function nextOf<T>(list: readonly T[], current: T): T {
  return list[(list.indexOf(current) + 1) % list.length] ?? current;
}

function fits(agent: AgentPicture, filter: Filter): boolean {
  const { status } = agent;
  switch (filter) {
    case "all":
      return true;
    case "alive":
      return isAlive(status);
    case "paused":
      return status === "paused" || status === "pausing";
    case "paused by failures":
      return troubleOfAgent(agent) === "self_paused";
    case "unresponsive":
      return agent.unresponsiveSince !== null;
    case "stopped":
      return status === "stopped" || status === "stopping";
    case "running":
    case "error":
      return status === filter;
  }
}
