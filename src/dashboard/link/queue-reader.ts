/** Reads the queue page by page, newest first. */

import { signal } from "@preact/signals";
import type { ActionView } from "../../model/agent-view.ts";
import { actions, listen, touchActions } from "../page-store.ts";
import type { ActionFilter } from "../state/action-rows.ts";
import { getJson, getPage } from "./api.ts";

const PAGE_ROWS = 200;

/** The filters as queries. Failed actions have two outcomes, so two lists are read. */
const queries: Readonly<Record<ActionFilter, readonly Readonly<Record<string, string>>[]>> = {
  all: [{}],
  waiting: [{ status: "pending" }],
  done: [{ outcome: "done" }],
  failed: [{ outcome: "rejected" }, { outcome: "dead" }],
};

export class QueueReader implements Disposable {
  readonly isReading = signal(false);
  readonly hasMore = signal(false);
  readonly error = signal<unknown>(null);
  readonly #ended = new AbortController();
  readonly #events: Disposable;
  /** The cursor of each list; undefined before its first page, null after its last. */
  #cursors: (string | null | undefined)[];
  readonly #queries: readonly Readonly<Record<string, string>>[];

  constructor(filter: ActionFilter) {
    this.#queries = queries[filter];
    this.#cursors = this.#queries.map(() => undefined);
    this.#events = listen(({ event }) => {
      if (event.type === "gap") void this.#readAgain();
    });
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#events[Symbol.dispose]();
  }

  async readMore(): Promise<void> {
    if (this.isReading.value) return;
    this.isReading.value = true;
    try {
      this.#cursors = await Promise.all(
        this.#queries.map((query, at) => this.#readPage(query, at)),
      );
      this.hasMore.value = this.#cursors.some((cursor) => cursor !== null);
      this.error.value = null;
    } catch (error) {
      if (!this.#ended.signal.aborted) this.error.value = error;
    }
    this.isReading.value = false;
  }

  /** Reads the whole row of an action that only events have reported. */
  async readOne(id: string): Promise<void> {
    try {
      actions.read([await getJson<ActionView>(`/api/actions/${encodeURIComponent(id)}`)]);
      touchActions();
    } catch (error) {
      this.error.value = error;
    }
  }

  async #readAgain(): Promise<void> {
    this.#cursors = this.#queries.map(() => undefined);
    actions.clear();
    await this.readMore();
  }

  async #readPage(query: Readonly<Record<string, string>>, at: number): Promise<string | null> {
    const cursor = this.#cursors[at];
    if (cursor === null) return null;
    const words = { limit: PAGE_ROWS, ...query };
    const page = await getPage<ActionView>("/api/actions", words, this.#ended.signal, cursor);
    actions.read(page.items);
    touchActions();
    return page.next_cursor;
  }
}
