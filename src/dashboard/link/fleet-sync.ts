/**
 * Keeps the page's picture of the fleet true: reads everything once, then follows the events; reads
 * again where events were missed. Events that come during a reading are taken in after it.
 */

import type { EventType, TroupeEvent } from "../../model/event.ts";
import type { AgentView } from "../../model/view.ts";
import { Fleet } from "../state/fleet.ts";
import { getJson } from "./api.ts";
import { EventStream, type StreamState } from "./event-stream.ts";
import { FrameQueue } from "./frame-queue.ts";

/** Everything but the tokens of running calls, which only an agent's own page shows. */
const eventTypes: readonly EventType[] = [
  "agent.status",
  "agent.step",
  "agent.guidance",
  "agent.unresponsive",
  "action.queued",
  "action.processed",
  "fleet.stats",
];

/** Agents of one request for everything. */
const PAGE_ROWS = 1_000;
/** Agents of one request for live figures: small, so that no answer holds the page up. */
const FIGURES_ROWS = 200;
/** Least milliseconds between two readings of everybody's live figures. */
const FIGURES_PERIOD_MS = 5_000;
const READ_AGAIN_MS = 2_000;

interface Page {
  readonly items: readonly AgentView[];
  readonly next_cursor: string | null;
}

export interface SyncListener {
  /** A reading of everything is there: this is the fleet from now on. */
  readonly onFleet: (fleet: Fleet, views: readonly AgentView[]) => void;
  /** Events in order, each once. They are in the fleet already. */
  readonly onEvents: (events: readonly StampedEvent[]) => void;
  /** Live figures were read. */
  readonly onFigures: () => void;
  readonly onState: (state: StreamState) => void;
  readonly onReadFailed: (error: unknown) => void;
}

export interface StampedEvent {
  readonly event: TroupeEvent;
  readonly epoch: string;
}

export class FleetSync {
  readonly #listener: SyncListener;
  readonly #queue = new FrameQueue<StampedEvent>((events) => this.#take(events));
  readonly #stream: EventStream;
  #fleet = new Fleet();
  /** Events that came while everything is being read; undefined while nothing is. */
  #held: StampedEvent[] | undefined = [];
  /** Readings begun: one that was overtaken is dropped. */
  #reading = 0;
  #epoch = "";

  constructor(listener: SyncListener) {
    this.#listener = listener;
    this.#stream = new EventStream({
      types: eventTypes,
      onEvent: (event, epoch) => this.#queue.push({ event, epoch }),
      onState: (state) => this.#hearState(state),
    });
    void this.#pollFigures();
  }

  retryNow(): void {
    this.#stream.retryNow();
  }

  #hearState(state: StreamState): void {
    this.#listener.onState(state);
    if (state === "anew") void this.#readAll();
  }

  #take(events: readonly StampedEvent[]): void {
    if (events.some((stamped) => this.#isBreak(stamped))) void this.#readAll();
    if (this.#held !== undefined) this.#held.push(...events);
    else this.#tell(events);
  }

  #tell(events: readonly StampedEvent[]): void {
    for (const { event } of events) this.#fleet.apply(event);
    this.#listener.onEvents(events);
  }

  /** True where events are missing before this one. */
  #isBreak({ event, epoch }: StampedEvent): boolean {
    const isOther = this.#epoch !== "" && epoch !== "" && this.#epoch !== epoch;
    if (epoch !== "") this.#epoch = epoch;
    return isOther || event.type === "gap";
  }

  async #readAll(): Promise<void> {
    this.#reading += 1;
    const reading = this.#reading;
    this.#held ??= [];
    try {
      const fleet = new Fleet();
      const views: AgentView[] = [];
      for await (const items of agentPages(PAGE_ROWS)) {
        if (reading !== this.#reading) return;
        fleet.read(items, Date.now());
        views.push(...items);
      }
      this.#begin(fleet, views);
    } catch (error) {
      this.#listener.onReadFailed(error);
      setTimeout(() => reading === this.#reading && void this.#readAll(), READ_AGAIN_MS);
    }
  }

  #begin(fleet: Fleet, views: readonly AgentView[]): void {
    fleet.inherit(this.#fleet);
    this.#fleet = fleet;
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#listener.onFleet(fleet, views);
    this.#tell(held);
  }

  /** Memory and processor time are in no event. A slow server is asked less often. */
  async #pollFigures(): Promise<void> {
    const began = performance.now();
    const fleet = this.#fleet;
    if (!document.hidden && this.#held === undefined) await this.#readFigures(fleet);
    const took = performance.now() - began;
    setTimeout(() => void this.#pollFigures(), Math.max(FIGURES_PERIOD_MS, took * 10));
  }

  async #readFigures(fleet: Fleet): Promise<void> {
    try {
      for await (const items of agentPages(FIGURES_ROWS)) {
        if (fleet !== this.#fleet) return;
        fleet.read(items, Date.now());
      }
      this.#listener.onFigures();
    } catch {
      // The stream tells of a server that is away.
    }
  }
}

async function* agentPages(limit: number): AsyncGenerator<readonly AgentView[]> {
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(cursor === null ? {} : { cursor }),
    });
    const page: Page = await getJson<Page>(`/api/agents?${query}`);
    yield page.items;
    cursor = page.next_cursor;
  } while (cursor !== null);
}
