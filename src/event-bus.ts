/**
 * The event bus: numbers every event, notifies subscribers, and keeps the last ones for replay.
 * Live events are numbered and published like the others, but not kept.
 */

import { type EventData, type EventType, isLiveOnly, type TroupeEvent } from "./model/event.ts";
import type { AgentId } from "./model/ids.ts";

/** Events kept for replay; a client that needs older ones gets a gap. */
export const EVENTS_KEPT_MAX = 10_000;
/** Characters of text in all kept events together; beyond it fewer are kept. */
export const CHARACTERS_KEPT_MAX = 32 * 2 ** 20;
/** Cost of an object or a field in addition to its text, in characters. */
const FIELD_WEIGHT = 8;

type Subscriber = (event: TroupeEvent) => void;

export interface EventBusLimits {
  /** In place of {@link EVENTS_KEPT_MAX}. */
  readonly eventsKeptMax?: number;
  /** In place of {@link CHARACTERS_KEPT_MAX}. */
  readonly charactersKeptMax?: number;
}

interface Kept {
  readonly event: TroupeEvent;
  readonly weight: number;
}

export class EventBus {
  readonly #subscribers = new Set<Subscriber>();
  readonly #eventsKeptMax: number;
  readonly #charactersKeptMax: number;
  /** A ring: the nth kept event is at `n % #eventsKeptMax`. */
  readonly #kept: (Kept | undefined)[] = [];
  /** The oldest kept event, and the next one to be kept, counted as above. */
  #first = 0;
  #next = 0;
  /** Text of the kept events, in characters. */
  #characters = 0;
  /** Number of the last event that was dropped; 0 if all are still kept. */
  #forgottenSeq = 0;
  #seq = 0;

  constructor(limits: EventBusLimits = {}) {
    this.#eventsKeptMax = limits.eventsKeptMax ?? EVENTS_KEPT_MAX;
    this.#charactersKeptMax = limits.charactersKeptMax ?? CHARACTERS_KEPT_MAX;
  }

  /** Number of the newest event; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** The least number that {@link since} accepts. */
  get forgottenSeq(): number {
    return this.#forgottenSeq;
  }

  /**
   * Publishes a fact. Call it only once the fact is stored. A subscriber's error is thrown to the caller.
   */
  publish<T extends EventType>(type: T, data: EventData[T], agentId?: AgentId): void {
    this.#seq += 1;
    const seq = this.#seq;
    const time = Date.now();
    const event = (
      agentId === undefined
        ? { seq, type, time, data }
        : { seq, type, time, agent_id: agentId, data }
    ) as TroupeEvent;
    if (!isLiveOnly(type)) this.#keep(event);
    for (const subscriber of this.#subscribers) subscriber(event);
  }

  /** Calls `subscriber` with every event from now on, in order, until disposed. */
  subscribe(subscriber: Subscriber): Disposable {
    this.#subscribers.add(subscriber);
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) };
  }

  /**
   * The kept events after `seq`, oldest first, at most `limit`; undefined if some of them are gone
   * already, or `seq` is in the future.
   */
  since(seq: number, limit = Number.POSITIVE_INFINITY): readonly TroupeEvent[] | undefined {
    if (seq < this.#forgottenSeq || seq > this.#seq) return undefined;
    const events: TroupeEvent[] = [];
    for (let n = this.#firstAfter(seq); n < this.#next && events.length < limit; n += 1) {
      const kept = this.#at(n);
      if (kept !== undefined) events.push(kept.event);
    }
    return events;
  }

  #keep(event: TroupeEvent): void {
    const weight = weigh(event.data);
    if (this.#next - this.#first >= this.#eventsKeptMax) this.#forgetFirst();
    this.#kept[this.#next % this.#eventsKeptMax] = { event, weight };
    this.#next += 1;
    this.#characters += weight;
    while (this.#characters > this.#charactersKeptMax) this.#forgetFirst();
  }

  #forgetFirst(): void {
    const kept = this.#at(this.#first);
    this.#kept[this.#first % this.#eventsKeptMax] = undefined;
    this.#first += 1;
    if (kept === undefined) return;
    this.#characters -= kept.weight;
    this.#forgottenSeq = kept.event.seq;
  }

  /** The position of the first kept event after `seq`, by binary search. */
  #firstAfter(seq: number): number {
    let low = this.#first;
    let high = this.#next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#at(middle)?.event.seq ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #at(n: number): Kept | undefined {
    return this.#kept[n % this.#eventsKeptMax];
  }
}

/** Approximate memory of the value, in characters. */
function weigh(value: unknown): number {
  if (typeof value === "string") return FIELD_WEIGHT + value.length;
  if (typeof value !== "object" || value === null) return FIELD_WEIGHT;
  let weight = FIELD_WEIGHT;
  for (const part of Object.values(value)) weight += weigh(part);
  return weight;
}
