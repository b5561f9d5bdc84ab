/** The steps of an agent, or only the failed ones, between which may be any number of others. */

import { batch, computed, signal } from "@preact/signals";
import { defined } from "../../model/defined.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { ListPage } from "../../model/list-page.ts";
import type { StepRow } from "../../model/step.ts";
import type { StepStatus } from "../../model/step-status.ts";
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
import { errorDataOf, getPage } from "./api.ts";
import type { StampedEvent } from "./fleet-sync.ts";
import { OneReading } from "./one-reading.ts";

const STEPS_A_PAGE = 50;

export interface StepsWanted {
  /** All of them if it is left out. */
  readonly status?: StepStatus;
  /** Calls the listener whenever events may have been missed, until disposed. */
  readonly onBreak: (listener: () => void) => Disposable;
}

export class StepsReader implements Disposable {
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
  readonly #status: StepStatus | undefined;
  readonly #ended = new AbortController();
  readonly #events: Disposable;
  readonly #breaks: Disposable;
  readonly #newestReading = new OneReading(() => this.#readNewest());

  /** Nothing is read before {@link readNewest}, or before a break. */
  constructor(agentId: string, { status, onBreak }: StepsWanted) {
    this.#id = agentId;
    this.#path = `/api/agents/${encodeURIComponent(agentId)}/steps`;
    this.#status = status;
    this.#events = listen((stamped) => this.#receive(stamped));
    this.#breaks = onBreak(() => this.#break());
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#events[Symbol.dispose]();
    this.#breaks[Symbol.dispose]();
  }

  async readNewest(): Promise<void> {
    await this.#newestReading.run();
  }

  /** Returns false if none was added: the server is away, or there is none, or no room. */
  async loadOlder(): Promise<boolean> {
    const { cursor } = this.#pages.value;
    if (cursor === null || this.older.value !== "loadable" || this.isLoadingOlder.value) {
      return false;
    }
    const before = this.#firstIteration;
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
    return this.#firstIteration < before;
  }

  get #firstIteration(): number {
    return this.steps.value.at(-1)?.iteration ?? Number.POSITIVE_INFINITY;
  }

  #receive({ event }: StampedEvent): void {
    if (event.type !== "agent.step" || event.agent_id !== this.#id) return;
    const isWanted = this.#status === undefined || this.#status === event.data.status;
    if (isWanted) this.#pages.value = withStep(this.#pages.value, event.data);
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
    const query = { limit: STEPS_A_PAGE, ...defined({ status: this.#status }) };
    return await getPage(this.#path, query, this.#ended.signal, cursor);
  }
}
