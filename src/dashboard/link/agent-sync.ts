/** Follows one agent while its page is open: row, figures, steps, guidance and running call. */

import { signal } from "@preact/signals";
import type { AgentStatus } from "../../model/agent.ts";
import type { ActionView, AgentView, LiveFigures, Progress } from "../../model/agent-view.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { Glance } from "../../model/glance.ts";
import type { ListPage } from "../../model/list-page.ts";
import { memoryOf, progressAfter } from "../../picture/agent-picture.ts";
import { connection, follow, listen } from "../page-store.ts";
import { timeNow } from "../server-time.ts";
import { mergeInterrupts } from "../state/step-pages.ts";
import { errorDataOf, getJson, getPage, RequestError } from "./api.ts";
import type { StampedEvent } from "./fleet-sync.ts";
import { OneReading } from "./one-reading.ts";
import { StepsReader } from "./steps-reader.ts";

const FIGURES_PERIOD_MS = 2_000;
/** Least milliseconds between two readings of the row that no event has caused. */
const ROW_PERIOD_MS = 5_000;
/** Ten minutes of figures. */
const FIGURES_KEPT_MAX = 300;
const INTERRUPTS_A_PAGE = 50;
/** Interrupts kept; older ones belong to steps that are no longer kept either. */
const INTERRUPTS_KEPT_MAX = 1_000;

const threadless: ReadonlySet<AgentStatus> = new Set(["stopped", "error", "restarting", "paused"]);

export interface FigureSample {
  readonly time: number;
  readonly memoryBytes: number | null;
  readonly cpuShare: number | null;
}

export interface RunningCall {
  readonly function: string;
  readonly value: unknown;
}

export class AgentWatch implements Disposable {
  readonly view = signal<AgentView | null>(null);
  /** Why the agent cannot be shown. */
  readonly error = signal<ErrorData | null>(null);
  readonly #id: string;
  readonly #path: string;
  /** Called when events may have been missed. */
  readonly #breakListeners = new Set<() => void>();
  readonly #reader: StepsReader;
  /** See {@link StepsReader}. */
  readonly steps: StepsReader["steps"];
  readonly hasSteps: StepsReader["hasRead"];
  readonly older: StepsReader["older"];
  /** Newest first, as far back as the steps. */
  readonly interrupts = signal<readonly ActionView[]>([]);
  readonly call = signal<RunningCall | null>(null);
  readonly figures = signal<readonly FigureSample[]>([]);
  /** Of its thread, newer than the row's; null without a thread. */
  readonly live = signal<LiveFigures | null>(null);
  /** What its running step said last about how far it is. */
  readonly progress = signal<Progress | null>(null);
  readonly #ended = new AbortController();
  readonly #events: Disposable;
  readonly #followed: Disposable;
  readonly #unsubscribe: () => void;
  readonly #viewReading = new OneReading(() => this.#readView());
  readonly #interruptsReading = new OneReading(() => this.#readInterrupts());
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the whole row was last read, and how long that took. */
  #rowAt = 0;
  #rowTook = 0;
  /** The cursor of older interrupts; null if there are none. */
  #interruptsCursor: string | null = null;
  #lastCpu: { readonly ms: number; readonly at: number } | undefined;

  constructor(id: string) {
    this.#id = id;
    this.#path = `/api/agents/${encodeURIComponent(id)}`;
    this.#reader = new StepsReader(id, { onBreak: (listener) => this.onBreak(listener) });
    this.steps = this.#reader.steps;
    this.hasSteps = this.#reader.hasRead;
    this.older = this.#reader.older;
    this.#events = listen((stamped) => this.#receive(stamped));
    const types = ["agent.step", "agent.progress", "agent.log", "llm.partial"] as const;
    this.#followed = follow(id, types, () => this.#break());
    document.addEventListener("visibilitychange", this.#followVisibility);
    this.#followVisibility();
    this.#unsubscribe = connection.subscribe((state) => {
      if (state === "lost") this.call.value = null;
    });
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#reader[Symbol.dispose]();
    clearTimeout(this.#timer);
    this.#events[Symbol.dispose]();
    this.#followed[Symbol.dispose]();
    this.#unsubscribe();
    document.removeEventListener("visibilitychange", this.#followVisibility);
  }

  /** Calls `listener` whenever events of the agent may have been missed, until disposed. */
  onBreak(listener: () => void): Disposable {
    this.#breakListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#breakListeners.delete(listener) };
  }

  /** Returns false if none was added: the server is away, or there is none, or no room. */
  async loadOlder(): Promise<boolean> {
    const isAdded = await this.#reader.loadOlder();
    if (isAdded) await this.#readOlderInterrupts();
    return isAdded;
  }

  readonly #followVisibility = (): void => {
    clearTimeout(this.#timer);
    if (!document.hidden) void this.#poll();
  };

  #receive({ event }: StampedEvent): void {
    if (event.type === "gap") this.#break();
    if (event.agent_id !== this.#id) return;
    if (event.type === "agent.step") {
      this.call.value = null;
      this.progress.value = null;
    }
    if (event.type === "llm.partial") this.call.value = event.data;
    if (event.type === "agent.progress") this.progress.value = event.data;
    // A call that ends with its thread ends without a step.
    if (event.type === "agent.status" && threadless.has(event.data.status)) this.call.value = null;
    if (event.type === "agent.status" || event.type === "agent.guidance")
      void this.#viewReading.run();
    const isInterrupt = "action" in event.data && event.data.action === "agent_interrupt";
    if (isInterrupt) void this.#interruptsReading.run();
  }

  /** Events before this moment may have been missed: what they brought is read. */
  #break(): void {
    void this.#interruptsReading.run();
    for (const listener of this.#breakListeners) listener();
  }

  /** Figures each time; the row, which may be large, only for a small share of the time. */
  async #poll(): Promise<void> {
    const isRowDue = Date.now() - this.#rowAt >= Math.max(ROW_PERIOD_MS, this.#rowTook * 20);
    if (isRowDue) void this.#viewReading.run();
    if (this.#reader.error.value !== null) void this.#reader.readNewest();
    await this.#readFigures();
    if (this.#ended.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), FIGURES_PERIOD_MS);
  }

  async #readView(): Promise<void> {
    const began = Date.now();
    this.#rowAt = began;
    await this.#try(async (signal) => {
      this.view.value = await getJson<AgentView>(this.#path, signal);
      this.error.value = null;
    });
    this.#rowTook = Date.now() - began;
  }

  async #readFigures(): Promise<void> {
    await this.#try(async (signal) => {
      const query = new URLSearchParams({ live: this.#id });
      const { live } = await getJson<Glance>(`/glance.json?${query}`, signal);
      this.live.value = live?.[this.#id] ?? null;
      this.progress.value = progressAfter(this.progress.value, this.live.value);
      this.#addFigures(this.live.value);
    });
  }

  async #readInterrupts(): Promise<void> {
    await this.#try(async (signal) => {
      const page = await this.#readInterruptPage(null, signal);
      const ids = new Set(page.items.map(({ id }) => id));
      const known = this.interrupts.value;
      // Some were missed between the known ones and these: they are read again from here on.
      const isApart = !known.some(({ id }) => ids.has(id));
      this.interrupts.value = mergeInterrupts(isApart ? [] : known, page.items);
      if (isApart) this.#interruptsCursor = page.next_cursor;
    });
    await this.#readOlderInterrupts();
  }

  /** Until they are as old as the oldest step. */
  async #readOlderInterrupts(): Promise<void> {
    await this.#try(async (signal) => {
      while (this.#interruptsCursor !== null && this.#hasOlderStep()) {
        const page = await this.#readInterruptPage(this.#interruptsCursor, signal);
        this.interrupts.value = mergeInterrupts(this.interrupts.value, page.items);
        this.#interruptsCursor = page.next_cursor;
      }
    });
  }

  #hasOlderStep(): boolean {
    const oldest = this.interrupts.value.at(-1);
    const first = this.steps.value.at(-1);
    const isFull = this.interrupts.value.length >= INTERRUPTS_KEPT_MAX;
    return (
      !isFull && oldest !== undefined && first !== undefined && first.started_at < oldest.created_at
    );
  }

  #readInterruptPage(cursor: string | null, signal: AbortSignal): Promise<ListPage<ActionView>> {
    const query = { agent_id: this.#id, action: "agent_interrupt", limit: INTERRUPTS_A_PAGE };
    return getPage("/api/actions", query, signal, cursor);
  }

  /** A missing agent is shown as missing; after any other failure the next reading tries again. */
  async #try(read: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await read(this.#ended.signal);
    } catch (error) {
      const isMissing = error instanceof RequestError && [400, 404].includes(error.status);
      if (isMissing && this.view.value === null) this.error.value = errorDataOf(error);
    }
  }

  #addFigures(live: LiveFigures | null): void {
    const time = timeNow();
    const before = this.figures.value.at(-1);
    // Two readings close together are too short to compute a share from.
    if (before !== undefined && time - before.time < FIGURES_PERIOD_MS / 2) return;
    const last = this.#lastCpu;
    this.#lastCpu = live === null ? undefined : { ms: live.cpu_ms, at: time };
    const isSame = live !== null && last !== undefined && live.cpu_ms >= last.ms;
    const cpuShare = isSame ? (live.cpu_ms - last.ms) / (time - last.at) : null;
    const sample = { time, memoryBytes: memoryOf({ live }), cpuShare };
    this.figures.value = [...this.figures.value, sample].slice(-FIGURES_KEPT_MAX);
  }
}
