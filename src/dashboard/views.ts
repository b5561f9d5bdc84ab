/** The named views of the list: everybody's, and those saved in this browser. */

import { computed, signal } from "@preact/signals";
import { type NamedView, standardViews } from "../picture/standard-views.ts";
import { query } from "./page-store.ts";
import { parseViews, viewOf, viewsText, withoutView, withSaved } from "./state/saved-views.ts";

const STORAGE_KEY = "troupe.views";

const saved = signal(storedViews());

export const views = computed(() => [...standardViews, ...saved.value]);
/** The view that the list shows; undefined if its query has no name. */
export const shownView = computed(() => viewOf(views.value, query.value));

/** Saves the list's query. Returns why it cannot, or null. */
export function saveView(name: string): string | null {
  return keep(withSaved(saved.value, name, query.value));
}

/** Returns why it cannot, or null. */
export function forgetView(name: string): string | null {
  return keep(withoutView(saved.value, name));
}

function keep(changed: ReturnType<typeof withSaved>): string | null {
  if (!changed.isOk) return changed.error;
  saved.value = changed.views;
  try {
    localStorage.setItem(STORAGE_KEY, viewsText(changed.views));
    return null;
  } catch {
    return "this browser stores nothing; the view is gone with this page";
  }
}

function storedViews(): readonly NamedView[] {
  try {
    return parseViews(localStorage.getItem(STORAGE_KEY));
  } catch {
    return [];
  }
}
