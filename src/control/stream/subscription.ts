/** A client's selection of events by agent and by type. Immutable and pure. */

import { type EventType, isAddressed, type TroupeEvent } from "../../model/event.ts";
import { EVERYTHING } from "../../model/stream.ts";

/** The selection for one agent, or for all. */
export interface Subscription {
  /** Undefined: all. */
  readonly types: ReadonlySet<EventType> | undefined;
  /** Only events after this one. */
  readonly after: number;
}

type Subject = Pick<TroupeEvent, "type"> & { readonly agent_id?: string };

export class Subscriptions {
  /** By agent id, or {@link EVERYTHING}. */
  readonly #subscriptions: ReadonlyMap<string, Subscription>;

  constructor(subscriptions: ReadonlyMap<string, Subscription> = new Map()) {
    this.#subscriptions = subscriptions;
  }

  /** Agent ids, and {@link EVERYTHING}, with a subscription. */
  get keys(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /** Equal texts mean equal selections from now on. */
  get text(): string {
    const parts = [...this.#subscriptions].map(([key, { types }]) =>
      types === undefined ? key : `${key} ${[...types].sort(byText).join(" ")}`,
    );
    return parts.sort(byText).join("\n");
  }

  /** The selection of events after this one; earlier ones were sent or dropped. */
  from(seq: number): Subscriptions {
    const later = ({ types, after }: Subscription) => ({ types, after: Math.max(after, seq) });
    return new Subscriptions(
      new Map([...this.#subscriptions].map(([key, subscription]) => [key, later(subscription)])),
    );
  }

  with(keys: readonly string[], subscription: Subscription): Subscriptions {
    return new Subscriptions(
      new Map([...this.#subscriptions, ...keys.map((key) => [key, subscription] as const)]),
    );
  }

  without(keys: readonly string[]): Subscriptions {
    const gone = new Set(keys);
    return new Subscriptions(new Map([...this.#subscriptions].filter(([key]) => !gone.has(key))));
  }

  /** The number after which the first event can be selected; infinite for an empty selection. */
  get after(): number {
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...[...this.#subscriptions.values()].map((w) => w.after),
    );
  }

  /** Whether a new event is selected. */
  wants(event: Subject): boolean {
    return this.#wants(event, Number.POSITIVE_INFINITY);
  }

  /** Whether an earlier event is selected. */
  wantsPast(event: TroupeEvent): boolean {
    return this.#wants(event, event.seq);
  }

  #wants({ type, agent_id }: Subject, seq: number): boolean {
    const isForAll = !isAddressed(type);
    if (isForAll && isMet(this.#subscriptions.get(EVERYTHING), type, seq)) return true;
    return agent_id !== undefined && isMet(this.#subscriptions.get(agent_id), type, seq);
  }
}

function isMet(subscription: Subscription | undefined, type: EventType, seq: number): boolean {
  if (subscription === undefined || seq <= subscription.after) return false;
  return subscription.types === undefined || subscription.types.has(type);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
