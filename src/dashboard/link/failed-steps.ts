/** The failed steps of an agent, read by themselves: any number of others may be between two of them. */

import { batch, computed, signal } from "@preact/signals";
import type { ErrorData } from "../../model/error-data.ts";
import type { ListPage } from "../../model/list-page.ts";
import type { StepRow } from "../../model/step.ts";
import { connection, listen } from "../page-store.ts";
import { mergeSteps, type OlderSteps, olderSteps, withoutGap } from "../state/step-pages.ts";
import { errorDataOf, getJson } from "./api.ts";
import type { StampedEvent } from "./fleet-sync.ts";
import { OneReading } from "./one-reading.ts";

const STEPS_A_PAGE = 50;

/** Of an agent whose `AgentWatch` follows the events of its steps. */
export class FailedSteps implements Disposable {
  /** Newest first. */
  readonly steps = computed(() => mergeSteps(this.#read.value, this.#fresh.value));
  /** True after they were read for the first time. */
  readonly hasRead = signal(false);
  readonly isReading = signal(false);
  /** Why the newest could not be read. */
  readonly error = signal<ErrorData | null>(null);
  readonly isLoadingOlder = signal(false);
  /** Why older ones could not be loaded. */
  readonly olderError = signal<ErrorData | null>(null);
  readonly older = computed<OlderSteps>(() => olderSteps(this.steps.value, this.#cursor.value));
  /** Those of the pages, without a gap. */
  readonly #read = signal<readonly StepRow[]>([]);
  /** Those of events since the newest page. Only that page shows whether some before them were missed. */
  readonly #fresh = signal<readonly StepRow[]>([]);
  /** Of older ones; null if there are none. */
  readonly #cursor = signal<string | null>(null);
  readonly #id: string;
  readonly #path: string;
  readonly #ended = new AbortController();
  readonly #events: Disposable;
  readonly #unsubscribe: () => void;
  readonly #newestReading = new OneReading(() => this.#readNewest());

  constructor(agentId: string) {
    this.#id = agentId;
    this.#path = `/api/agents/${encodeURIComponent(agentId)}/steps`;
    this.#events = listen((stamped) => this.#receive(stamped));
    // Steps that failed while the connection was lost are not sent again.
    this.#unsubscribe = connection.subscribe((state) => {
      if (state !== "lost") void this.readNewest();
    });
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#events[Symbol.dispose]();
    this.#unsubscribe();
  }

  async readNewest(): Promise<void> {
    await this.#newestReading.run();
  }

  async loadOlder(): Promise<void> {
    const cursor = this.#cursor.value;
    if (cursor === null || this.isLoadingOlder.value) return;
    this.isLoadingOlder.value = true;
    try {
      const page = await this.#readPage(cursor);
      this.#read.value = mergeSteps(this.#read.value, page.items);
      this.#cursor.value = page.next_cursor;
      this.olderError.value = null;
    } catch (error) {
      this.olderError.value = errorDataOf(error);
    }
    this.isLoadingOlder.value = false;
  }

  #receive({ event }: StampedEvent): void {
    if (event.type === "gap") void this.readNewest();
    if (event.type !== "agent.step" || event.agent_id !== this.#id) return;
    if (event.data.status === "error")
      this.#fresh.value = mergeSteps(this.#fresh.value, [event.data]);
  }

  async #readNewest(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.isReading.value = true;
    try {
      const page = await this.#readPage();
      batch(() => this.#takeNewest(page));
    } catch (error) {
      this.error.value = errorDataOf(error);
    }
    this.isReading.value = false;
  }

  #takeNewest({ items, next_cursor }: ListPage<StepRow>): void {
    const before = this.#read.value;
    const known = withoutGap(before, items);
    const hasOlder = known.length > 0 && known.length === before.length;
    this.#read.value = mergeSteps(known, items);
    // The others are on this page, or behind its cursor.
    const newest = items[0]?.iteration ?? 0;
    this.#fresh.value = this.#fresh.value.filter(({ iteration }) => iteration >= newest);
    // If older ones were loaded, the cursor stays theirs.
    if (!hasOlder) this.#cursor.value = next_cursor;
    this.hasRead.value = true;
    this.error.value = null;
  }

  /** @throws {RequestError} */
  async #readPage(cursor?: string): Promise<ListPage<StepRow>> {
    const query = new URLSearchParams({ status: "error", limit: String(STEPS_A_PAGE) });
    if (cursor !== undefined) query.set("cursor", cursor);
    return await getJson(`${this.#path}?${query}`, this.#ended.signal);
  }
}
