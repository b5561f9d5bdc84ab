/**
 * Keeps the page's picture of the fleet current: reads everything once, follows the events and
 * reads the steps at a glance. If events were missed, it reads everything again; events that arrive
 * during a reading are applied after it.
 */

import type { ListedAgent } from "../../model/agent-view.ts";
import type { EventType, TroupeEvent } from "../../model/event.ts";
import type { Glance } from "../../model/glance.ts";
import { FleetPicture } from "../../picture/fleet-picture.ts";
import { timeNow } from "../server-time.ts";
import { getPages } from "./api.ts";
import { EventSocket } from "./event-socket.ts";
import { FrameQueue } from "./frame-queue.ts";
import { GlanceReader } from "./glance-reader.ts";
import type { StreamState } from "./socket-stream.ts";

/** Without steps, which are read at a glance, however many there are. */
const typesSeen: readonly EventType[] = [
  "agent.status",
  "agent.guidance",
  "agent.unresponsive",
  "agent.progress",
  "action.queued",
  "action.processed",
  "fleet.stats",
];
/** Enough for the title of a tab in the background. */
const typesHidden: readonly EventType[] = ["agent.status", "agent.unresponsive"];

/** Agents per request. */
const PAGE_ROWS = 1_000;
const READ_AGAIN_MS = 2_000;
/** After a longer time in the background everything is read instead of receiving the events. */
const HIDDEN_MS_MAX = 10_000;

export interface SyncListener {
  /** Everything was read: this is the fleet from now on. */
  readonly onFleet: (fleet: FleetPicture, views: readonly ListedAgent[]) => void;
  /** Events in order, each once. The fleet contains them already. */
  readonly onEvents: (events: readonly StampedEvent[]) => void;
  /**
   * Steps and live figures were read. The fleet contains them already.
   *
   * @param since the event that they were requested from; undefined if there was none
   */
  readonly onGlance: (glance: Glance, since: number | undefined) => void;
  readonly onState: (state: StreamState) => void;
  readonly onReadFailed: (error: unknown) => void;
}

export interface StampedEvent {
  readonly event: TroupeEvent;
  readonly epoch: string;
}

export class FleetSync {
  readonly #listener: SyncListener;
  readonly #queue = new FrameQueue<StampedEvent>((events) => this.#receive(events));
  readonly #socket: EventSocket;
  readonly #glances: GlanceReader;
  #fleet = new FleetPicture();
  /** Events that arrive while everything is being read; undefined at other times. */
  #held: StampedEvent[] | undefined = [];
  /** Number of readings started: the result of an earlier one is dropped. */
  #reading = 0;
  #epoch = "";
  #hiddenAt = 0;

  constructor(listener: SyncListener) {
    this.#listener = listener;
    this.#glances = new GlanceReader({
      countAgents: () => this.#fleet.size,
      onGlance: (glance, since) => this.#takeGlance(glance, since),
      onCut: () => void this.#readAll(),
      onFailed: () => this.#socket.probe(),
    });
    this.#socket = new EventSocket(document.hidden ? typesHidden : typesSeen, {
      onEvent: (event, epoch) => this.#queue.push({ event, epoch }),
      onState: (state) => this.#followState(state),
    });
    document.addEventListener("visibilitychange", () => this.#followVisibility());
  }

  retryNow(): void {
    this.#socket.retryNow();
  }

  /** As {@link EventSocket.subscribeTo}. */
  follow(agentId: string, types: readonly EventType[], onOpen: () => void): Disposable {
    return this.#socket.subscribeTo(agentId, types, onOpen);
  }

  /** Glances have each step until disposed. */
  wantSpans(): Disposable {
    return this.#glances.wantSpans();
  }

  /** A tab in the background receives next to nothing. */
  #followVisibility(): void {
    if (document.hidden) this.#hiddenAt = Date.now();
    const isLong = !document.hidden && Date.now() - this.#hiddenAt > HIDDEN_MS_MAX;
    this.#socket.subscribeToAll(document.hidden ? typesHidden : typesSeen, isLong);
    this.#glances.followVisibility();
  }

  #takeGlance(glance: Glance, since: number | undefined): void {
    if (this.#held !== undefined) return;
    this.#fleet.glance(glance, timeNow());
    this.#listener.onGlance(glance, since);
  }

  #followState(state: StreamState): void {
    this.#listener.onState(state);
    if (state === "fresh") void this.#readAll();
  }

  #receive(events: readonly StampedEvent[]): void {
    if (events.some((stamped) => this.#isBreak(stamped))) void this.#readAll();
    if (this.#held !== undefined) this.#held.push(...events);
    else this.#publish(events);
  }

  #publish(events: readonly StampedEvent[]): void {
    for (const { event } of events) this.#fleet.apply(event);
    this.#listener.onEvents(events);
  }

  /** True if events are missing before this one. */
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
      // Before the rows, so that no step is missed in between.
      await this.#glances.begin();
      const fleet = new FleetPicture();
      const views: ListedAgent[] = [];
      for await (const items of getPages<ListedAgent>("/api/agents", { limit: PAGE_ROWS })) {
        if (reading !== this.#reading) return;
        fleet.read(items, timeNow());
        views.push(...items);
      }
      if (reading === this.#reading) this.#begin(fleet, views);
    } catch (error) {
      this.#listener.onReadFailed(error);
      setTimeout(() => reading === this.#reading && void this.#readAll(), READ_AGAIN_MS);
    }
  }

  #begin(fleet: FleetPicture, views: readonly ListedAgent[]): void {
    fleet.inherit(this.#fleet);
    this.#fleet = fleet;
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#listener.onFleet(fleet, views);
    this.#publish(held);
  }
}
