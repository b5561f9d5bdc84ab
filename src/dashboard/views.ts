/** The named views of the list: everybody's, and those saved in this browser. */

import { computed, signal } from "@preact/signals";
import { standardViews } from "../picture/standard-views.ts";
import { query } from "./page-store.ts";
import { viewOf, withoutView, withSaved } from "./state/saved-views.ts";
import { VIEWS_KEY, ViewStorage } from "./state/view-storage.ts";

const storage = new ViewStorage(() => localStorage);
const saved = signal(storage.views);

// Another tab has saved or forgotten a view; the key is null if everything was cleared.
addEventListener("storage", ({ key }) => {
  if (key === VIEWS_KEY || key === null) saved.value = storage.views;
});

export const views = computed(() => [...standardViews, ...saved.value]);
/** The view that the list shows; undefined if its query has no name. */
export const shownView = computed(() => viewOf(views.value, query.value));

/** Saves the list's query. Returns why it cannot, or null. */
export function saveView(name: string): string | null {
  return change((known) => withSaved(known, name, query.value));
}

/** Returns why it cannot, or null. */
export function forgetView(name: string): string | null {
  return change((known) => withoutView(known, name));
}

function change(toChanged: Parameters<ViewStorage["change"]>[0]): string | null {
  const error = storage.change(toChanged);
  saved.value = storage.views;
  return error;
}
