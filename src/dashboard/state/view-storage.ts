/** The views that are saved in this browser, which its tabs share. */

import type { NamedView } from "../../picture/standard-views.ts";
import { type ChangedViews, parseViews, viewsText } from "./saved-views.ts";

export const VIEWS_KEY = "troupe.views";

/** The part of the browser's storage that is used. */
interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
}

export class ViewStorage {
  /** A browser may refuse the storage itself, and not only what is written to it. */
  readonly #open: () => TextStorage;
  /** The views of this page after a change that could not be stored. */
  #unstored: readonly NamedView[] | null = null;

  constructor(open: () => TextStorage) {
    this.#open = open;
  }

  /** Read each time: another tab may have changed them. */
  get views(): readonly NamedView[] {
    return this.#unstored ?? this.#read();
  }

  /** Changes what is stored now. Returns why it cannot, or null. */
  change(toChanged: (views: readonly NamedView[]) => ChangedViews): string | null {
    const changed = toChanged(this.views);
    if (!changed.isOk) return changed.error;
    try {
      this.#open().setItem(VIEWS_KEY, viewsText(changed.views));
      this.#unstored = null;
      return null;
    } catch {
      this.#unstored = changed.views;
      return "this browser stores nothing; the view is gone with this page";
    }
  }

  #read(): readonly NamedView[] {
    try {
      return parseViews(this.#open().getItem(VIEWS_KEY));
    } catch {
      return [];
    }
  }
}
