/**
 * The title and the icon of the tab: how many agents are in trouble, for a tab in the background.
 */

import { effect } from "@preact/signals";
import { route, stats, troubles } from "./page-store.ts";

/** The icon with a mark on it, inline, because the page may load nothing else. */
const MARKED =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#4b5bd6"/><circle cx="10" cy="11" r="3.5" fill="#fff"/><circle cx="16" cy="21.5" r="3.5" fill="#fff"/><circle cx="22" cy="10" r="10" fill="#fff"/><circle cx="22" cy="10" r="8" fill="#d6293e"/></svg>',
  );

export function followTitle(): void {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const plain = icon?.href ?? "";
  effect(() => {
    const count = countNeeds();
    const name = route.value.page === "agent" ? `${route.value.id} · Troupe` : "Troupe";
    document.title = count === 0 ? name : `(${count}) ${name}`;
    const wanted = count === 0 ? plain : MARKED;
    if (icon !== null && icon.href !== wanted) icon.href = wanted;
  });
}

/** Agents in trouble, and a database that refuses writes. */
function countNeeds(): number {
  const agents = troubles.value.reduce((sum, { ids }) => sum + ids.length, 0);
  return agents + (stats.value?.store.is_healthy === false ? 1 : 0);
}
