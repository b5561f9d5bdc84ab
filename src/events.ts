/** The event bus: numbers every event, keeps the last ones for latecomers, tells subscribers. */

import type { EventData, EventType, TroupeEvent } from "./model/event.ts";
import type { AgentId } from "./model/ids.ts";

/** Events kept for replay; older ones are gone, and a latecomer can tell by the sequence numbers. */
const EVENTS_KEPT_MAX = 10_000;

type Subscriber = (event: TroupeEvent) => void;

export class EventBus {
  readonly #subscribers = new Set<Subscriber>();
  /** A ring: the event `seq` lies at `seq % EVENTS_KEPT_MAX`. */
  readonly #kept: TroupeEvent[] = [];
  #seq = 0;

  /**
   * Publishes a fact. Call it only once what it tells is stored.
   * A subscriber that throws is the caller's fault to hear of: nothing is swallowed here.
   */
  publish<T extends EventType>(type: T, data: EventData[T], agentId?: AgentId): void {
    this.#seq += 1;
    const event = {
      seq: this.#seq,
      type,
      time: Date.now(),
      ...(agentId === undefined ? {} : { agent_id: agentId }),
      data,
    } as TroupeEvent;
    this.#kept[event.seq % EVENTS_KEPT_MAX] = event;
    for (const subscriber of this.#subscribers) subscriber(event);
  }

  /** Calls `subscriber` with every event from now on, in order, until disposed. */
  subscribe(subscriber: Subscriber): Disposable {
    this.#subscribers.add(subscriber);
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) };
  }

  /** The kept events after `seq`, oldest first; undefined where some of them are gone already. */
  since(seq: number): readonly TroupeEvent[] | undefined {
    if (seq < this.#seq - EVENTS_KEPT_MAX || seq > this.#seq) return undefined;
    const events: TroupeEvent[] = [];
    for (let at = seq + 1; at <= this.#seq; at += 1) {
      const event = this.#kept[at % EVENTS_KEPT_MAX];
      if (event !== undefined) events.push(event);
    }
    return events;
  }
}
