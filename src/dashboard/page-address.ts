/**
 * Keeps the address and the page in step: a reload, a shared link and the Back button lead to the
 * same place.
 */

import { effect } from "@preact/signals";
import { forgetDialog } from "./dialogs.ts";
import { openedStep, query, route, selection, timelineView } from "./page-store.ts";
import { hashOfPlace, type Place, parsePlace } from "./state/place.ts";
import type { Route } from "./state/route.ts";

/**
 * Milliseconds after which a change that is not a navigation is written: browsers limit how often.
 */
const WRITE_MS = 250;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Called once, before anything is rendered. */
export function followAddress(): void {
  take(parsePlace(location.hash));
  addEventListener("popstate", () => {
    // A dialog belongs to the page that it was opened on.
    forgetDialog();
    const place = parsePlace(location.hash);
    // Written by this page, or by hand with a query: it is complete. A plain link keeps the list's
    // query.
    if (isOwn() || location.hash.includes("?")) take(place);
    else {
      route.value = place.route;
      openedStep.value = null;
    }
    write();
  });
  effect(() => {
    here();
    clearTimeout(timer);
    timer = setTimeout(write, WRITE_MS);
  });
}

/** Synchronously: the browser reports a new address later, and a key may come first. */
export function pushPlace(to: Route, step: number | null = null): void {
  write();
  route.value = to;
  openedStep.value = step;
  history.pushState({ isOwn: true }, "", here());
}

/** Like {@link pushPlace}, but the Back button skips the place before. */
export function replacePlace(to: Route): void {
  route.value = to;
  openedStep.value = null;
  write();
}

function here(): string {
  return hashOfPlace({
    route: route.value,
    query: query.value,
    selected: [...selection.value.ids],
    timeline: timelineView.value,
    step: openedStep.value,
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

function take({ route: to, query: asked, selected, timeline, step }: Place): void {
  route.value = to;
  timelineView.value = timeline;
  openedStep.value = step;
  query.value = asked;
  selection.value = { ids: new Set(selected), anchor: null };
}
