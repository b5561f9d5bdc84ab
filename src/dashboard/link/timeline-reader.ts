/**
 * Reads what the timeline shows: the latest steps one by one, earlier ones counted, and from then on
 * each new step with the page's glances. A time that is zoomed into is read step by step.
 *
 * It shows what is stored and nothing else, so the server has no state for it. New steps come with the
 * glances, which the server takes from the kept events: a thousand agents would otherwise cost a query of
 * the table, or half a megabyte of events, each second. A step is known by agent and number, so it does
 * not matter which way reports it. Rejected: a time index in the database, which retention and compaction
 * would have to keep; one route for steps and counts, which no client can type.
 */

import { signal } from "@preact/signals";
import type { ActionView } from "../../model/agent-view.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { Glance, GlanceSpan } from "../../model/glance.ts";
import type { ListPage } from "../../model/list-page.ts";
import type { StepCount, StepSpan } from "../../model/step-span.ts";
import { fleet, followSpans, listen } from "../page-store.ts";
import { timeNow } from "../server-time.ts";
import { isKnown, knownSince, unknownPart, withTime } from "../state/known-times.ts";
import { LaneMarks } from "../state/lane-marks.ts";
import { FleetSpans, type Span } from "../state/lane-spans.ts";
import { LiveEdge } from "../state/live-edge.ts";
import { bucketOf, StepCells } from "../state/step-buckets.ts";
import type { ShownTime } from "../state/timeline-view.ts";
import { errorDataOf, getPage } from "./api.ts";
import type { StampedEvent } from "./fleet-sync.ts";
import { OneReading } from "./one-reading.ts";

/** Pages of single steps, and of counts, for one shown time. */
const SPAN_PAGES_MAX = 4;
const COUNT_PAGES_MAX = 6;
const PAGE_ROWS = 1_000;
/** Steps that are kept; beyond them the older half is forgotten, and counted when it is shown again. */
const SPANS_MAX = 300_000;
/** With more agents steps are counted first. */
const FEW_AGENTS = 40;
const ACTIONS_READ = 500;
/** Milliseconds that the shown time must not change before it is read. */
const REST_MS = 150;
const RETRY_MS = 3_000;

export interface ReadCounts {
  readonly time: ShownTime;
  readonly bucketMs: number;
  readonly cells: ReadonlyMap<string, readonly StepCount[]>;
}

export class TimelineReader implements Disposable {
  readonly spans = new FleetSpans();
  readonly marks = new LaneMarks();
  /** Since when agents are in a step. */
  open: Readonly<Record<string, number>> = {};
  counts: ReadCounts | null = null;
  /** Times of which each step is known. */
  known: readonly ShownTime[] = [];
  /** Grows when something was added. */
  readonly version = signal(0);
  readonly isReading = signal(false);
  readonly error = signal<ErrorData | null>(null);
  /** Steps before this time are too many to be counted; null if all are. */
  readonly cutAt = signal<number | null>(null);
  readonly #ended = new AbortController();
  readonly #followed: readonly Disposable[];
  #shown: (() => ShownTime) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #edge = new LiveEdge();
  /** What is missed during a reading is read after it. */
  readonly #reading = new OneReading(() => this.#readShown());

  constructor() {
    this.#followed = [
      followSpans((glance, since) => this.#takeGlance(glance, since)),
      listen((stamped) => this.#receive(stamped)),
    ];
    void this.#readMarks();
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    clearTimeout(this.#timer);
    for (const followed of this.#followed) followed[Symbol.dispose]();
  }

  /** The time that is in sight, which may go on: what is not known of it is read once it rests. */
  show(time: () => ShownTime): void {
    this.#shown = time;
    this.#readSoon(REST_MS);
  }

  #readSoon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#reading.run(), ms);
  }

  #takeGlance(glance: Glance, since: number | undefined): void {
    const { spans } = glance;
    if (spans === undefined) return;
    for (const [agentId, ended] of Object.entries(spans.ended)) {
      this.spans.add(agentId, ended.map(spanOf));
    }
    this.open = spans.open;
    const added = this.#edge.take(glance, since);
    if (added !== undefined) this.known = withTime(this.known, added);
    else this.#readSoon(0);
    this.#limit();
    this.version.value += 1;
  }

  #receive({ event }: StampedEvent): void {
    const { type, agent_id: id, time } = event;
    if (id === undefined) return;
    if (type === "agent.guidance") this.marks.addGuidance(id, event.data.action_id, time);
    if (type !== "agent.status") return;
    this.marks.changePause(id, event.data.updated_at, event.data.status === "paused");
  }

  async #readShown(): Promise<void> {
    const asked = this.#shown;
    if (asked === null || this.#ended.signal.aborted) return;
    const shown = asked();
    const until = this.#edge.endOf(shown.until, timeNow());
    const missing = unknownPart(this.known, { since: shown.since, until });
    if (missing === undefined || this.#isCounted(missing, shown)) return;
    this.isReading.value = true;
    try {
      await this.#read(missing, shown);
      this.error.value = null;
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.error.value = errorDataOf(error);
      this.#readSoon(RETRY_MS);
    }
    this.isReading.value = false;
    this.version.value += 1;
    // It may have moved meanwhile.
    if (this.#shown !== asked) this.#readSoon(REST_MS);
  }

  /** True if the time has been counted, about as finely as it is shown. */
  #isCounted(missing: ShownTime, shown: ShownTime): boolean {
    const { counts } = this;
    const bucketMs = bucketOf(shown, fleet.peek().size);
    if (counts === null || counts.bucketMs > 1.5 * bucketMs) return false;
    return isKnown([counts.time], missing) && counts.bucketMs * 4 > bucketMs;
  }

  async #read(missing: ShownTime, shown: ShownTime): Promise<void> {
    if (fleet.peek().size > FEW_AGENTS) {
      // Not all of their steps will fit, so the counts do not wait for the single ones.
      await Promise.all([this.#readSpans(missing, 1), this.#readCounts(missing, shown)]);
      return;
    }
    const since = await this.#readSpans(missing, SPAN_PAGES_MAX);
    if (since > missing.since)
      await this.#readCounts({ since: missing.since, until: since }, shown);
  }

  /** Returns from when on each step of the time is known: as many as fit in some pages, newest first. */
  async #readSpans({ since, until }: ShownTime, pages: number): Promise<number> {
    const { signal } = this.#ended;
    const times = { since: Math.floor(since), until: Math.ceil(until) + 1 };
    const query = { limit: PAGE_ROWS, ...times };
    let cursor: string | null = null;
    let from = until;
    for (let page = 0; page < pages && from > since; page += 1) {
      const read: ListPage<StepSpan> = await getPage("/api/steps", query, signal, cursor);
      const { items, next_cursor } = read;
      for (const [id, steps] of Map.groupBy(items, ({ agent_id }) => agent_id)) {
        this.spans.add(id, steps.map(fromRow).reverse());
      }
      from = next_cursor === null ? since : Math.min(from, items.at(-1)?.ended_at ?? since);
      cursor = next_cursor;
    }
    this.known = withTime(this.known, { since: from, until });
    return from;
  }

  async #readCounts(time: ShownTime, shown: ShownTime): Promise<void> {
    const bucketMs = bucketOf(shown, fleet.peek().size);
    const cells = new StepCells();
    const since = Math.max(0, Math.floor(time.since / bucketMs) * bucketMs);
    const until = Math.ceil(time.until);
    const { signal } = this.#ended;
    const query = { since, until, bucket_ms: bucketMs };
    let cursor: string | null = null;
    for (let page = 0; page < COUNT_PAGES_MAX; page += 1) {
      const path = "/api/steps/counts";
      const read: ListPage<StepCount> = await getPage(path, query, signal, cursor);
      cells.add(read.items);
      cursor = read.next_cursor;
      if (cursor === null) break;
    }
    this.cutAt.value = cursor === null ? null : Math.min(until, cells.earliestAt);
    this.counts = { time: { since, until }, bucketMs, cells: cells.byAgent };
  }

  /** Pauses and guidance before the page was opened. Without them the marks start now. */
  async #readMarks(): Promise<void> {
    const read = async (action: string, take: (view: ActionView, agentId: string) => void) => {
      const query = { action, outcome: "done", limit: ACTIONS_READ };
      const { items } = await getPage<ActionView>("/api/actions", query, this.#ended.signal);
      for (const item of items) if (item.agent_id !== null) take(item, item.agent_id);
    };
    const changesTo = (isPaused: boolean) => (view: ActionView, id: string) =>
      this.marks.changePause(id, view.processed_at ?? view.created_at, isPaused);
    await Promise.allSettled([
      read("agent_pause", changesTo(true)),
      read("agent_resume", changesTo(false)),
      read("agent_destroy", changesTo(false)),
      read("agent_interrupt", (view, id) =>
        this.marks.addGuidance(id, view.id, view.processed_at ?? view.created_at),
      ),
    ]);
    this.version.value += 1;
  }

  #limit(): void {
    if (this.spans.size <= SPANS_MAX) return;
    const time = this.spans.middleTime();
    this.spans.dropBefore(time);
    this.known = knownSince(this.known, time);
  }
}

function spanOf([iteration, generation, startedAt, endedAt, status, isGuided]: GlanceSpan): Span {
  return { iteration, generation, startedAt, endedAt, status, isGuided: isGuided === 1 };
}

function fromRow(row: StepSpan): Span {
  const { iteration, generation, status, is_guided, started_at, ended_at } = row;
  return {
    iteration,
    generation,
    status,
    isGuided: is_guided,
    startedAt: started_at,
    endedAt: ended_at,
  };
}
