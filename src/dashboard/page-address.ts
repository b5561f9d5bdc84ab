/**
 * Keeps the address and the page at the same place: a reload, a link that is sent on and the way back
 * all lead where one was.
 */

import { effect } from "@preact/signals";
import { query, route, selection } from "./page-store.ts";
import { hashOfPlace, parsePlace } from "./state/place.ts";
import type { Route } from "./state/route.ts";

/** Milliseconds after which a change that is no step of its own is written down: browsers count them. */
const WRITE_MS = 250;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Once, before anything is shown. */
export function followAddress(): void {
  take(parsePlace(location.hash));
  addEventListener("popstate", () => {
    const place = parsePlace(location.hash);
    // Written here, or by hand with a question: it says all. A plain link keeps what is listed.
    if (isOwn() || location.hash.includes("?")) take(place);
    else route.value = place.route;
    write();
  });
  effect(() => {
    here();
    clearTimeout(timer);
    timer = setTimeout(write, WRITE_MS);
  });
}

/** At once: the browser tells of a new address only later, and a key may come first. */
export function pushPlace(to: Route): void {
  write();
  route.value = to;
  history.pushState({ isOwn: true }, "", here());
}

/** As {@link pushPlace}, but the way back leaves this place out. */
export function replacePlace(to: Route): void {
  route.value = to;
  write();
}

function here(): string {
  return hashOfPlace({
    route: route.value,
    query: query.value,
    selected: [...selection.value.ids],
  });
}

function write(): void {
  clearTimeout(timer);
  if (location.hash !== here() || !isOwn()) history.replaceState({ isOwn: true }, "", here());
}

function isOwn(): boolean {
  const state: unknown = history.state;
  return typeof state === "object" && state !== null && "isOwn" in state;
}

function take({ route: to, query: asked, selected }: ReturnType<typeof parsePlace>): void {
  route.value = to;
  query.value = asked;
  selection.value = { ids: new Set(selected), anchor: null };
}
