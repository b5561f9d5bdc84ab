/** The failed steps of an agent, read by themselves: any number of others may be between two of them. */

import { batch, computed, signal } from "@preact/signals";
import type { ErrorData } from "../../model/error-data.ts";
import type { ListPage } from "../../model/list-page.ts";
import type { StepRow } from "../../model/step.ts";
import { listen } from "../page-store.ts";
import {
  allSteps,
  noPages,
  type OlderSteps,
  olderSteps,
  withBreak,
  withNewest,
  withOlder,
  withStep,
} from "../state/step-pages.ts";
import type { AgentWatch } from "./agent-sync.ts";
import { errorDataOf, getJson } from "./api.ts";
import type { StampedEvent } from "./fleet-sync.ts";
import { OneReading } from "./one-reading.ts";

const STEPS_A_PAGE = 50;

export class FailedSteps implements Disposable {
  /** Newest first. */
  readonly steps = computed(() => allSteps(this.#pages.value));
  /** True after they were read for the first time. */
  readonly hasRead = signal(false);
  readonly isReading = signal(false);
  /** Why the newest could not be read. */
  readonly error = signal<ErrorData | null>(null);
  readonly isLoadingOlder = signal(false);
  /** Why older ones could not be loaded. */
  readonly olderError = signal<ErrorData | null>(null);
  readonly older = computed<OlderSteps>(() =>
    olderSteps(this.steps.value, this.#pages.value.cursor),
  );
  readonly #pages = signal(noPages);
  readonly #id: string;
  readonly #path: string;
  readonly #ended = new AbortController();
  readonly #events: Disposable;
  readonly #breaks: Disposable;
  readonly #newestReading = new OneReading(() => this.#readNewest());

  /** @param watch follows the events of the agent's steps */
  constructor(agentId: string, watch: AgentWatch) {
    this.#id = agentId;
    this.#path = `/api/agents/${encodeURIComponent(agentId)}/steps`;
    this.#events = listen((stamped) => this.#receive(stamped));
    this.#breaks = watch.onBreak(() => this.#break());
    void this.readNewest();
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#events[Symbol.dispose]();
    this.#breaks[Symbol.dispose]();
  }

  async readNewest(): Promise<void> {
    await this.#newestReading.run();
  }

  async loadOlder(): Promise<void> {
    const { cursor } = this.#pages.value;
    if (cursor === null || this.isLoadingOlder.value) return;
    this.isLoadingOlder.value = true;
    try {
      const page = await this.#readPage(cursor);
      // Otherwise a gap has been found meanwhile, and these are not next to the others.
      const isNext = this.#pages.value.cursor === cursor;
      if (isNext) this.#pages.value = withOlder(this.#pages.value, page);
      this.olderError.value = null;
    } catch (error) {
      this.olderError.value = errorDataOf(error);
    }
    this.isLoadingOlder.value = false;
  }

  #receive({ event }: StampedEvent): void {
    if (event.type !== "agent.step" || event.agent_id !== this.#id) return;
    if (event.data.status === "error") this.#pages.value = withStep(this.#pages.value, event.data);
  }

  #break(): void {
    this.#pages.value = withBreak(this.#pages.value);
    void this.readNewest();
  }

  async #readNewest(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.isReading.value = true;
    const { breaks } = this.#pages.value;
    try {
      const page = await this.#readPage();
      batch(() => {
        this.#pages.value = withNewest(this.#pages.value, page, breaks);
        this.hasRead.value = true;
        this.error.value = null;
      });
    } catch (error) {
      this.error.value = errorDataOf(error);
    }
    this.isReading.value = false;
  }

  /** @throws {RequestError} */
  async #readPage(cursor?: string): Promise<ListPage<StepRow>> {
    const query = new URLSearchParams({ status: "error", limit: String(STEPS_A_PAGE) });
    if (cursor !== undefined) query.set("cursor", cursor);
    return await getJson(`${this.#path}?${query}`, this.#ended.signal);
  }
}
