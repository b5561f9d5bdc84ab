/**
 * What a list of agents shows: its filters, its order, its groups; and the words for these in addresses
 * and commands. Pure.
 */

import type { AgentStatus } from "../model/agent.ts";
import { isLargeFirst, type SortKey, searchFor, sortKeys } from "./agent-order.ts";
import type { AgentPicture } from "./agent-picture.ts";
import { hasTrouble } from "./agent-troubles.ts";
import { isStatus, statuses } from "./status-tone.ts";
import { isTrouble, type Trouble, troubles } from "./trouble.ts";
import { hasCause } from "./trouble-causes.ts";

export interface AgentChoice {
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
}

export interface ListQuery extends AgentChoice {
  readonly sort: SortKey;
  readonly isDescending: boolean;
  readonly isGrouped: boolean;
}

export const everyAgent: AgentChoice = {
  search: "",
  statuses: new Set(),
  type: "",
  trouble: "",
  cause: "",
};

export const listQueryDefault: ListQuery = {
  ...everyAgent,
  sort: "id",
  isDescending: false,
  isGrouped: false,
};

export function isFiltered({
  search,
  statuses: chosen,
  type,
  trouble,
  cause,
}: AgentChoice): boolean {
  const hasWords = search.trim() !== "" || type !== "" || trouble !== "" || cause !== "";
  return hasWords || chosen.size > 0;
}

/** @param now some troubles pass with time */
export function chosenBy(choice: AgentChoice, now: number): (agent: AgentPicture) => boolean {
  const isFound = searchFor(choice.search);
  return (agent) => fits(agent, choice, now) && isFound(agent);
}

function fits(
  agent: AgentPicture,
  { statuses: chosen, type, trouble, cause }: AgentChoice,
  now: number,
): boolean {
  if (chosen.size > 0 && !chosen.has(agent.status)) return false;
  if (type !== "" && agent.type !== type) return false;
  if (trouble !== "" && !hasTrouble(agent, trouble, now)) return false;
  return cause === "" || hasCause(agent, cause, now);
}

/** The names of the words, in the order in which they are written. */
export const queryWords = [
  "q",
  "status",
  "type",
  "trouble",
  "cause",
  "sort",
  "order",
  "group",
] as const;
export type QueryWord = (typeof queryWords)[number];

/** Words that choose agents; the others only order them. */
export const choiceWords: readonly QueryWord[] = ["q", "status", "type", "trouble", "cause"];

export function isQueryWord(name: string): name is QueryWord {
  return queryWords.some((word) => word === name);
}

/** The words of the query; those of the defaults are left out, and so is an order that is the column's default. */
export function wordsOfQuery(query: ListQuery): readonly (readonly [QueryWord, string])[] {
  const order = query.isDescending ? "down" : "up";
  const hasOwnOrder = query.isDescending === isLargeFirst(query.sort);
  const words: readonly (readonly [QueryWord, string])[] = [
    ["q", query.search],
    ["status", [...query.statuses].join(",")],
    ["type", query.type],
    ["trouble", query.trouble],
    ["cause", query.cause],
    ["sort", query.sort === listQueryDefault.sort ? "" : query.sort],
    ["order", hasOwnOrder ? "" : order],
    ["group", query.isGrouped ? "status" : ""],
  ];
  return words.filter(([, value]) => value !== "");
}

export type ReadQuery =
  | { readonly isOk: true; readonly query: ListQuery }
  | { readonly isOk: false; readonly error: string };

/** The query with this word, or what is wrong with the word. An empty value is the default. */
export function withQueryWord(query: ListQuery, word: QueryWord, value: string): ReadQuery {
  switch (word) {
    case "q":
      return ok({ ...query, search: value });
    case "type":
      return ok({ ...query, type: value });
    case "status":
      return withStatuses(query, value);
    case "trouble":
      if (value === "" || isTrouble(value)) return ok({ ...query, trouble: value });
      return unknown(word, troubles, value);
    case "cause":
      return ok({ ...query, cause: value });
    case "sort":
      return withSort(query, value);
    case "order":
      if (value === "" || value === "up") return ok({ ...query, isDescending: false });
      if (value === "down") return ok({ ...query, isDescending: true });
      return unknown(word, ["up", "down"], value);
    case "group":
      if (value === "" || value === "status") {
        return ok({ ...query, isGrouped: value === "status" });
      }
      return unknown(word, ["status"], value);
  }
}

/** The query of an address; words and statuses that it cannot read are the defaults. */
export function queryOfWords(words: URLSearchParams): ListQuery {
  let query = listQueryDefault;
  for (const word of queryWords) {
    const value = words.get(word);
    if (value === null) continue;
    const known = word === "status" ? value.split(",").filter(isStatus).join(",") : value;
    const read = withQueryWord(query, word, known);
    if (read.isOk) query = read.query;
  }
  return query;
}

function withStatuses(query: ListQuery, value: string): ReadQuery {
  const names = value.split(",").filter((name) => name !== "");
  const strange = names.find((name) => !isStatus(name));
  if (strange !== undefined) return unknown("status", statuses, strange);
  return ok({ ...query, statuses: new Set(names.filter(isStatus)) });
}

/** Figures come with the largest first, unless an order is given after it. */
function withSort(query: ListQuery, value: string): ReadQuery {
  const sort = value === "" ? listQueryDefault.sort : sortKeys.find((key) => key === value);
  if (sort === undefined) return unknown("sort", sortKeys, value);
  return ok({ ...query, sort, isDescending: isLargeFirst(sort) });
}

function ok(query: ListQuery): ReadQuery {
  return { isOk: true, query };
}

function unknown(word: QueryWord, known: readonly string[], got: string): ReadQuery {
  return { isOk: false, error: `${word} must be one of ${known.join(", ")}, got ${got}` };
}
