/**
 * The hub: sends every event to the clients that select it. An event is encoded once, and clients with
 * the same selection share one stream. Sending takes at most a share of main's time: the more there is
 * to send, the larger the pieces. A slow client never blocks: its buffer is bounded, a gap is reported to
 * it, and a client that reads nothing is cut off.
 *
 * Rejected: a queue for each client, which would be ten million pushes a second for 1,000 clients
 * and 10,000 events a second.
 */

import type { Buffer } from "node:buffer";
import { waitAtMost } from "../../deadline.ts";
import type { EventBus } from "../../event-bus.ts";
import { TroupeError } from "../../model/errors.ts";
import type { EventType, Gap, TroupeEvent } from "../../model/event.ts";
import { EVERYTHING } from "../../model/stream.ts";
import { eventId, eventJson, type FrameFormat } from "./frame.ts";
import { Group, type Member } from "./group.ts";
import { type ClientDesk, type Sink, Subscriber } from "./subscriber.ts";
import type { Subscriptions } from "./subscription.ts";

export interface StreamLimits {
  /** Clients at the same time; a further one is refused with `STREAM_LIMIT`. */
  readonly clientsMax: number;
  /** Events and bytes that may wait for one client, in addition to those being sent. */
  readonly eventsWaitingMax: number;
  readonly bytesWaitingMax: number;
  /** Bytes that may wait for all together; different selections share them evenly. */
  readonly bytesWaitingAllMax: number;
  /** Milliseconds that events gather before they are sent. */
  readonly gatherMs: number;
  /** Milliseconds between two signs of life. */
  readonly heartbeatMs: number;
  /** Milliseconds after which a client that reads nothing is cut off. */
  readonly stuckMsMax: number;
}

export const STREAM_LIMITS: StreamLimits = {
  clientsMax: 2_000,
  eventsWaitingMax: 20_000,
  bytesWaitingMax: 4 * 2 ** 20,
  bytesWaitingAllMax: 64 * 2 ** 20,
  gatherMs: 25,
  heartbeatMs: 15_000,
  stuckMsMax: 60_000,
};

/** Milliseconds of sending in one slice. */
const SLICE_MS = 8;
/** Sending takes at most one part in this many of main's time. */
const TIME_PARTS = 5;
/** Milliseconds for clients to disconnect when the server ends. */
const CLOSE_MS = 1_000;

export interface HubOptions {
  readonly events: EventBus;
  /** Number of this start of the process. */
  readonly epoch: number;
  readonly limits?: Partial<StreamLimits>;
}

/** Counted since the hub was opened, except `clients`. */
export interface StreamFigures {
  readonly clients: number;
  readonly gaps: Readonly<Record<Gap["reason"], number>>;
}

export class StreamHub implements AsyncDisposable {
  readonly #events: EventBus;
  readonly #epoch: number;
  readonly #limits: StreamLimits;
  readonly #clients = new Set<Subscriber>();
  readonly #groups = new Map<FrameFormat, Map<string, Group>>();
  /** The same groups: those that select everything, and those by agent. */
  readonly #wide = new Set<Group>();
  readonly #byAgent = new Map<string, Set<Group>>();
  /** Groups with frames that are not in a chunk yet. */
  readonly #unsealed = new Set<Group>();
  /** Clients that can be sent something, the longest waiting first. */
  readonly #ready = new Set<Subscriber>();
  readonly #gaps = { slow: 0, expired: 0, restarted: 0 };
  readonly #desk: ClientDesk;
  /** Only while there are clients, so that publishing costs nothing without them. */
  #subscription: Disposable | undefined;
  #heart: NodeJS.Timeout | undefined;
  #sending: NodeJS.Timeout | undefined;
  #isSending = false;
  /** No sending before this time, on the clock of `performance.now()`. */
  #restsUntil = 0;
  #isClosing = false;
  #lastClosed: PromiseWithResolvers<void> | undefined;

  constructor({ events, epoch, limits }: HubOptions) {
    this.#events = events;
    this.#epoch = epoch;
    this.#limits = { ...STREAM_LIMITS, ...limits };
    this.#desk = {
      events,
      epoch,
      join: (member, format, selection) => this.#join(member, format, selection),
      leave: (member, group) => this.#leave(member, group),
      seal: (group) => this.#seal(group),
      onReady: (client) => this.#onReady(client),
      onGap: (reason) => {
        this.#gaps[reason] += 1;
      },
      onClosed: (client) => this.#onClosed(client),
    };
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Number of the newest event of all. */
  get seq(): number {
    return this.#events.seq;
  }

  get figures(): StreamFigures {
    return { clients: this.#clients.size, gaps: { ...this.#gaps } };
  }

  /**
   * Adds a client without a selection.
   * @throws {TroupeError} `STREAM_LIMIT` if there are too many, `SERVER_NOT_READY` at the end.
   */
  open(sink: Sink, format: FrameFormat): Subscriber {
    const { clientsMax } = this.#limits;
    if (this.#isClosing) throw new TroupeError("SERVER_NOT_READY", "the server is shutting down");
    if (this.#clients.size >= clientsMax) {
      throw new TroupeError(
        "STREAM_LIMIT",
        `${clientsMax} clients are connected to event streams already`,
      );
    }
    const client = new Subscriber(this.#desk, sink, format);
    this.#clients.add(client);
    this.#subscription ??= this.#events.subscribe((event) => this.#onEvent(event));
    this.#heart ??= setInterval(() => this.#beat(), this.#limits.heartbeatMs).unref();
    return client;
  }

  /** Whether any client selects such an event now. */
  isWanted(type: EventType, agentId?: string): boolean {
    const subject = agentId === undefined ? { type } : { type, agent_id: agentId };
    return this.#audience(subject).next().done !== true;
  }

  /** Disconnects all clients, and cuts off those that do not close in time. Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#lastClosed ??= Promise.withResolvers();
    if (this.#clients.size === 0) this.#lastClosed.resolve();
    for (const client of this.#clients) client.end();
    await waitAtMost(this.#lastClosed.promise, CLOSE_MS);
    for (const client of this.#clients) {
      client.destroy();
      client.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #onEvent(event: TroupeEvent): void {
    let json: string | undefined;
    const frames = new Map<FrameFormat, Buffer>();
    for (const group of this.#audience(event)) {
      json ??= eventJson(event);
      const { format } = group;
      const frame = frames.get(format) ?? format(json, eventId(this.#epoch, event.seq));
      frames.set(format, frame);
      this.#unsealed.add(group);
      if (group.append(frame, event.seq)) this.#seal(group);
    }
    if (json !== undefined) this.#sendSoon(this.#limits.gatherMs);
  }

  *#audience(subject: { readonly type: EventType; readonly agent_id?: string }): Generator<Group> {
    for (const group of this.#wide) {
      if (group.selection.wants(subject)) yield group;
    }
    for (const group of this.#byAgent.get(subject.agent_id ?? EVERYTHING) ?? []) {
      if (!this.#wide.has(group) && group.selection.wants(subject)) yield group;
    }
  }

  #seal(group: Group): void {
    const { eventsWaitingMax: events, bytesWaitingMax, bytesWaitingAllMax } = this.#limits;
    const groups = this.#groupCount();
    group.seal({ events, bytes: Math.min(bytesWaitingMax, bytesWaitingAllMax / groups) });
    this.#unsealed.delete(group);
  }

  #groupCount(): number {
    let count = 0;
    for (const groups of this.#groups.values()) count += groups.size;
    return count;
  }

  #join(member: Member, format: FrameFormat, selection: Subscriptions): Group {
    const groups = this.#groups.get(format) ?? new Map<string, Group>();
    this.#groups.set(format, groups);
    const group = groups.get(selection.text) ?? new Group(format, selection);
    groups.set(selection.text, group);
    this.#seal(group);
    group.members.add(member);
    for (const key of group.selection.keys) this.#index(key).add(group);
    return group;
  }

  #index(key: string): Set<Group> {
    if (key === EVERYTHING) return this.#wide;
    const groups = this.#byAgent.get(key) ?? new Set();
    this.#byAgent.set(key, groups);
    return groups;
  }

  #leave(member: Member, group: Group): void {
    group.members.delete(member);
    if (group.members.size > 0) return;
    this.#groups.get(group.format)?.delete(group.selection.text);
    this.#unsealed.delete(group);
    this.#wide.delete(group);
    for (const key of group.selection.keys) {
      const groups = this.#byAgent.get(key);
      groups?.delete(group);
      if (groups?.size === 0) this.#byAgent.delete(key);
    }
  }

  #onReady(client: Subscriber): void {
    this.#ready.add(client);
    this.#sendSoon(0);
  }

  #sendSoon(waitMs: number): void {
    if (this.#isSending) return; // it schedules the rest at its end
    const ms = Math.max(waitMs, this.#restsUntil - performance.now());
    this.#sending ??= setTimeout(() => this.#send(), ms).unref();
  }

  #send(): void {
    this.#sending = undefined;
    this.#isSending = true;
    const begun = performance.now();
    for (const group of this.#unsealed) this.#seal(group);
    // A client with more to send goes behind all others.
    for (const client of this.#ready) {
      this.#ready.delete(client);
      if (client.send()) this.#ready.add(client);
      if (performance.now() - begun >= SLICE_MS) break;
    }
    this.#isSending = false;
    const end = performance.now();
    this.#restsUntil = end + (end - begun) * (TIME_PARTS - 1);
    if (this.#ready.size > 0) this.#sendSoon(0);
  }

  #beat(): void {
    for (const client of this.#clients) client.beat(this.#limits.stuckMsMax);
  }

  #onClosed(client: Subscriber): void {
    this.#clients.delete(client);
    this.#ready.delete(client);
    if (this.#clients.size > 0) return;
    this.#subscription?.[Symbol.dispose]();
    this.#subscription = undefined;
    clearInterval(this.#heart);
    this.#heart = undefined;
    clearTimeout(this.#sending);
    this.#sending = undefined;
    this.#lastClosed?.resolve();
  }
}
