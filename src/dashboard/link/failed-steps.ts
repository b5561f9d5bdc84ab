/** The failed steps of an agent, read by themselves: any number of others may be between two of them. */

import { computed, signal } from "@preact/signals";
import type { ListPage } from "../../model/list-page.ts";
import type { StepRow } from "../../model/step.ts";
import { connection } from "../page-store.ts";
import { mergeSteps, type OlderSteps, olderSteps, withoutGap } from "../state/step-pages.ts";
import { getJson } from "./api.ts";

const STEPS_A_PAGE = 50;

export class FailedSteps implements Disposable {
  /** Newest first, without those that failed after the last reading. */
  readonly steps = signal<readonly StepRow[]>([]);
  /** True after they were read for the first time. */
  readonly hasRead = signal(false);
  readonly isLoading = signal(false);
  readonly older = computed<OlderSteps>(() => olderSteps(this.steps.value, this.#cursor.value));
  /** Of older ones; null if there are none. */
  readonly #cursor = signal<string | null>(null);
  readonly #path: string;
  readonly #ended = new AbortController();
  readonly #unsubscribe: () => void;

  constructor(agentId: string) {
    this.#path = `/api/agents/${encodeURIComponent(agentId)}/steps`;
    // Steps that failed while the connection was lost are not sent again.
    this.#unsubscribe = connection.subscribe((state) => {
      if (state !== "lost") void this.#readNewest();
    });
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#unsubscribe();
  }

  async loadOlder(): Promise<void> {
    const cursor = this.#cursor.value;
    if (cursor === null || this.isLoading.value) return;
    this.isLoading.value = true;
    const page = await this.#read(cursor);
    this.isLoading.value = false;
    if (page === undefined) return;
    this.steps.value = mergeSteps(this.steps.value, page.items);
    this.#cursor.value = page.next_cursor;
  }

  async #readNewest(): Promise<void> {
    const page = await this.#read();
    if (page === undefined) return;
    const known = withoutGap(this.steps.value, page.items);
    const hasOlder = known.length > 0 && known.length === this.steps.value.length;
    this.steps.value = mergeSteps(known, page.items);
    // If older ones were loaded, the cursor stays theirs.
    if (!hasOlder) this.#cursor.value = page.next_cursor;
    this.hasRead.value = true;
  }

  /** Undefined if that fails: the page says that its connection is lost, and the next reading tries again. */
  async #read(cursor?: string): Promise<ListPage<StepRow> | undefined> {
    const query = new URLSearchParams({ status: "error", limit: String(STEPS_A_PAGE) });
    if (cursor !== undefined) query.set("cursor", cursor);
    try {
      return await getJson(`${this.#path}?${query}`, this.#ended.signal);
    } catch {
      return undefined;
    }
  }
}
