/**
 * The place on the page as the part of the address after `#`: which page, the list's query and the
 * selected agents. Defaults are left out.
 */

import { sortKeys } from "../../picture/agent-order.ts";
import { isStatus } from "../../picture/status-tone.ts";
import { isTrouble } from "../../picture/trouble.ts";
import { type ListQuery, listQueryDefault } from "./agent-rows.ts";
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
  if (query.search !== "") words.set("q", query.search);
  if (query.statuses.size > 0) words.set("status", [...query.statuses].join(","));
  if (query.type !== "") words.set("type", query.type);
  if (query.trouble !== "") words.set("trouble", query.trouble);
  if (query.cause !== "") words.set("cause", query.cause);
  if (query.sort !== listQueryDefault.sort) words.set("sort", query.sort);
  if (query.isDescending) words.set("order", "down");
  if (query.isGrouped) words.set("group", "status");
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
  const trouble = words.get("trouble") ?? "";
  const sort = sortKeys.find((key) => key === words.get("sort")) ?? listQueryDefault.sort;
  const query: ListQuery = {
    search: words.get("q") ?? "",
    statuses: new Set(listOf(words.get("status")).filter(isStatus)),
    type: words.get("type") ?? "",
    trouble: isTrouble(trouble) ? trouble : "",
    cause: words.get("cause") ?? "",
    sort,
    isDescending: words.get("order") === "down",
    isGrouped: words.get("group") === "status",
  };
  return { route, query, selected: listOf(words.get("selected")).slice(0, SELECTED_MAX) };
}

function listOf(text: string | null): readonly string[] {
  return (text ?? "").split(",").filter((word) => word !== "");
}
