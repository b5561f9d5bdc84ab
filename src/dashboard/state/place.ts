/**
 * The place on the page as the part of the address after `#`: which page, the list's query and the
 * selected agents. Defaults are left out.
 */

import { type ListQuery, queryOfWords, wordsOfQuery } from "../../picture/list-query.ts";
import { hashOf, parseRoute, type Route } from "./route.ts";
import { readTimelineView, type TimelineView, writeTimelineView } from "./timeline-view.ts";

/** A larger selection is not written, because addresses are limited. */
const SELECTED_MAX = 50;

export interface Place {
  readonly route: Route;
  readonly query: ListQuery;
  readonly selected: readonly string[];
  readonly timeline: TimelineView;
  /** The step that an agent's page shows first; null if none was chosen. */
  readonly step: number | null;
}

export function hashOfPlace({ route, query, selected, timeline, step }: Place): string {
  const words = new URLSearchParams();
  for (const [word, value] of wordsOfQuery(query)) words.set(word, value);
  const isShort = selected.length > 0 && selected.length <= SELECTED_MAX;
  if (isShort) words.set("selected", selected.join(","));
  if (route.page === "timeline") writeTimelineView(timeline, words);
  if (route.page === "agent" && step !== null) words.set("step", String(step));
  const text = words.toString().replaceAll("%2C", ",");
  return hashOf(route) + (text === "" ? "" : `?${text}`);
}

/** Parts that it cannot read are the defaults. */
export function parsePlace(hash: string): Place {
  const at = hash.indexOf("?");
  const route = parseRoute(at === -1 ? hash : hash.slice(0, at));
  const words = new URLSearchParams(at === -1 ? "" : hash.slice(at + 1));
  const step = Number(words.get("step"));
  return {
    route,
    query: queryOfWords(words),
    selected: listOf(words.get("selected")).slice(0, SELECTED_MAX),
    timeline: readTimelineView(words),
    step: Number.isSafeInteger(step) && step > 0 ? step : null,
  };
}

function listOf(text: string | null): readonly string[] {
  return (text ?? "").split(",").filter((word) => word !== "");
}
