/**
 * The place on the page as the part of the address after `#`: which page, the list's query and the
 * selected agents. Defaults are left out.
 */

import {
  type ListQuery,
  listQueryDefault,
  queryWords,
  withQueryWord,
  wordsOfQuery,
} from "../../picture/list-query.ts";
import { isStatus } from "../../picture/status-tone.ts";
import { hashOf, parseRoute, type Route } from "./route.ts";

/** A larger selection is not written, because addresses are limited. */
const SELECTED_MAX = 50;

export interface Place {
  readonly route: Route;
  readonly query: ListQuery;
  readonly selected: readonly string[];
}

export function hashOfPlace({ route, query, selected }: Place): string {
  const words = new URLSearchParams();
  for (const [word, value] of wordsOfQuery(query)) words.set(word, value);
  const isShort = selected.length > 0 && selected.length <= SELECTED_MAX;
  if (isShort) words.set("selected", selected.join(","));
  const text = words.toString().replaceAll("%2C", ",");
  return hashOf(route) + (text === "" ? "" : `?${text}`);
}

/** Parts that it cannot read are the defaults. */
export function parsePlace(hash: string): Place {
  const at = hash.indexOf("?");
  const route = parseRoute(at === -1 ? hash : hash.slice(0, at));
  const words = new URLSearchParams(at === -1 ? "" : hash.slice(at + 1));
  let query = listQueryDefault;
  for (const word of queryWords) {
    const value = words.get(word);
    if (value === null) continue;
    const known = word === "status" ? listOf(value).filter(isStatus).join(",") : value;
    const read = withQueryWord(query, word, known);
    if (read.isOk) query = read.query;
  }
  return { route, query, selected: listOf(words.get("selected")).slice(0, SELECTED_MAX) };
}

function listOf(text: string | null): readonly string[] {
  return (text ?? "").split(",").filter((word) => word !== "");
}
