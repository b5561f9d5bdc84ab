/**
 * The governor: all calls to models pass it, whichever agent makes them. It has a quota for each provider,
 * host, model and key, a *place*, and starts waiting calls as the quotas allow it, in turns between places
 * and between agents. A call whose model is limited or down goes to its next model, or waits. In an
 * outage only the first calls fail; the others wait.
 */

import type { Model } from "../model-client.ts";
import { hasRoom } from "./call-shares.ts";
import { FairQueue, type Queued } from "./fair-queue.ts";
import { type AnswerHeaders, readGrantedRates } from "./granted-rates.ts";
import {
  type Governed,
  isOpen,
  keyOf,
  limitsOf,
  type ModelPlace,
  type PlaceState,
  stateOf,
  type Wait,
} from "./model-place.ts";
import { type CallOutcome, Quota, type QuotaChange, type StartedCall } from "./quota.ts";
import { Refusals } from "./refusals.ts";

/** Agents that were steered and have not called since; more are forgotten. */
const PREFERRED_MAX = 1_000;
/** Milliseconds after which waiting calls are looked at again, whatever happens. */
const TICK_MS = 1_000;

/** A call in flight; hand it back to {@link Governor.end}. */
export interface Ticket<T> {
  readonly call: Governed<T>;
  readonly model: Model;
  readonly place: ModelPlace<T>;
  readonly started: StartedCall;
}

interface GovernorOptions<T> {
  /** Makes the call. Must hand the ticket back in the end. */
  readonly start: (ticket: Ticket<T>) => void;
  readonly onChange: (place: PlaceState, change: QuotaChange) => void;
  /** Called about once a second while calls wait. */
  readonly onTick: () => void;
  /** In place of {@link TICK_MS}, if less. */
  readonly tickMs?: number | undefined;
}

export class Governor<T extends object> {
  readonly #options: GovernorOptions<T>;
  readonly #places = new Map<string, ModelPlace<T>>();
  /** The same places in the order of their next turns. */
  readonly #turns = new Set<ModelPlace<T>>();
  /** Those that a model of the settings has, by key; others end with their last call. */
  #models: ReadonlyMap<string, readonly Model[]> = new Map();
  /** Calls that wait for a place, with that. */
  readonly #waits = new Map<T, Wait<T>>();
  readonly #preferred = new Set<string>();
  readonly #refusals = new Refusals<T>();
  /** Calls that wait for something other than a model; they start nowhere. */
  readonly #held = new FairQueue<T>(new Set());
  #concurrency: number;
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param concurrency calls in flight, all models together */
  constructor(concurrency: number, options: GovernorOptions<T>) {
    this.#concurrency = concurrency;
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waits.size + this.#held.size;
  }

  /** Waiting calls: first those that are held, in the order in which they came. */
  get waits(): readonly T[] {
    return [...[...this.#held].map(({ item }) => item), ...this.#waits.keys()];
  }

  /** True for a call that waits for a model. */
  isWaiting(item: T): boolean {
    return this.#waits.has(item);
  }

  /** The call waits for something other than a model, until it is taken out. */
  hold(call: Queued<T>): void {
    this.#held.add(call);
    this.startDue();
  }

  /** Starts the call as soon as it may, perhaps before this returns. */
  enter(call: Governed<T>): void {
    this.#wait(call, this.#placeFor(call), false);
    this.startDue();
  }

  /** Takes a waiting call out. */
  leave(call: Queued<T>): void {
    const wait = this.#waits.get(call.item);
    this.#waits.delete(call.item);
    (wait?.place.queue ?? this.#held).remove(call);
  }

  /** The next call of this agent has the next turn. */
  prefer(agentId: string): void {
    this.#preferred.add(agentId);
    const [oldest] = this.#preferred;
    if (this.#preferred.size > PREFERRED_MAX) this.#preferred.delete(oldest ?? "");
  }

  /** A call has ended; those that may start now do. */
  end({ call, place, started }: Ticket<T>, outcome: CallOutcome, headers: AnswerHeaders): void {
    const now = performance.now();
    this.#inFlight -= 1;
    const { kind } = outcome;
    if (kind === "answered") place.answeredAt = Math.max(place.answeredAt, started.startedAt);
    if (kind === "limited") {
      place.refusals += 1;
      this.#refusals.add(call.item, place.answeredAt, now);
    }
    const rates = readGrantedRates(headers, Date.now());
    const change = place.quota.end(started, outcome, rates, { now, chance: Math.random() });
    if (change !== undefined) this.#options.onChange(stateOf(place, now), change);
  }

  /**
   * Another attempt at a call that has just ended: by its next model, or once its model is expected to
   * answer again. False if there is neither, or if what it asks is refused.
   */
  retry({ call, model, place }: Ticket<T>): boolean {
    const now = performance.now();
    const later = call.models.slice(call.models.indexOf(model) + 1);
    const next = later.map((one) => this.#placeOf(one)).find((one) => isOpen(one.quota, now));
    const state = place.quota.state(now);
    if (next === undefined && (state === "ok" || this.isRefusedAlone(call.item))) return false;
    const isLimited = next === undefined && state === "limited";
    // Any other goes to the end: if it is the cause of the failure, others get their chance.
    this.#wait(call, next ?? place, isLimited && this.#refusals.goesFirst(call.item));
    return true;
  }

  /** True if a call is refused again and again while its model answers others. */
  isRefusedAlone(item: T): boolean {
    return this.#refusals.isAlone(item);
  }

  /** Starts what may start. Call it after {@link end} and {@link retry}. */
  startDue(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#removeUnused();
    // Without a second place there is nowhere else to go.
    for (const place of this.#places.size > 1 ? this.#places.values() : []) this.#reroute(place);
    let nextMs = 0;
    while (nextMs === 0) {
      nextMs = Number.POSITIVE_INFINITY;
      for (const place of [...this.#turns]) nextMs = Math.min(nextMs, this.#startNext(place));
    }
    if (this.waiting === 0) return;
    const tickMs = Math.min(this.#options.tickMs ?? TICK_MS, TICK_MS);
    this.#timer = setTimeout(() => this.#tick(), Math.ceil(Math.min(nextMs, tickMs)));
  }

  /** Quotas keep what they have learned. */
  reconfigure(models: readonly Model[], concurrency: number): void {
    this.#concurrency = concurrency;
    this.#models = Map.groupBy(models, keyOf);
    this.#removeUnused();
    const now = performance.now();
    for (const sharing of this.#models.values()) {
      const [first] = sharing;
      if (first === undefined) continue;
      const place = this.#placeOf(first);
      place.model = first;
      place.quota.setLimits(limitsOf(sharing, this.#concurrency), now);
    }
  }

  findWait(agentId: string): T | undefined {
    for (const { queue } of [...this.#places.values(), { queue: this.#held }]) {
      const item = queue.findOf(agentId);
      if (item !== undefined) return item;
    }
    return undefined;
  }

  /** The quota for which a waiting call waits; undefined if it is held. */
  placeOf(item: T): PlaceState | undefined {
    const wait = this.#waits.get(item);
    return wait && stateOf(wait.place, performance.now());
  }

  get states(): readonly PlaceState[] {
    const now = performance.now();
    return [...this.#places.values()].map((place) => stateOf(place, now));
  }

  /** Starts nothing more. The waiting calls stay the caller's. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Where a call waits: at its first model that answers, or else at its first. */
  #placeFor({ models }: Governed<T>): ModelPlace<T> {
    const now = performance.now();
    const places = models.map((model) => this.#placeOf(model));
    return places.find(({ quota }) => isOpen(quota, now)) ?? this.#placeOf(models[0]);
  }

  #wait(call: Governed<T>, place: ModelPlace<T>, isBack: boolean): void {
    const since = this.#waits.get(call.item)?.since ?? performance.now();
    this.#waits.set(call.item, { place, call, since });
    place.queue.add(call, isBack);
  }

  #removeUnused(): void {
    if (this.#places.size <= this.#models.size) return;
    for (const [key, place] of this.#places) {
      const isUsed = this.#models.has(key) || place.quota.inFlight > 0 || place.queue.size > 0;
      if (isUsed) continue;
      this.#places.delete(key);
      this.#turns.delete(place);
    }
  }

  #tick(): void {
    this.#options.onTick();
    this.startDue();
  }

  /** Calls of a model that does not answer go to another one that does. */
  #reroute(place: ModelPlace<T>): void {
    const now = performance.now();
    if (place.queue.size === 0 || isOpen(place.quota, now)) return;
    for (const queued of [...place.queue]) {
      const wait = this.#waits.get(queued.item);
      if (wait === undefined || wait.call.models.length === 1) continue;
      const other = this.#placeFor(wait.call);
      if (other === place || !isOpen(other.quota, now)) continue;
      place.queue.remove(queued);
      this.#wait(wait.call, other, false);
      // A model that is down takes one call, to see.
      if (other.quota.down !== undefined) this.#startNext(other);
    }
  }

  /** @returns 0 if a call of this place has started, or else milliseconds until one may; infinite if it has no time */
  #startNext(place: ModelPlace<T>): number {
    const { queue, quota } = place;
    while (queue.size > 0 && this.#hasRoom(quota)) {
      const waitMs = quota.waitMs(performance.now());
      if (waitMs > 0) return waitMs;
      const queued = queue.next();
      const wait = queued && this.#waits.get(queued.item);
      if (wait === undefined) continue;
      this.#turns.delete(place);
      this.#turns.add(place);
      this.#start(place, wait.call);
      return 0;
    }
    return Number.POSITIVE_INFINITY;
  }

  #hasRoom({ inFlight }: Quota): boolean {
    if (this.#inFlight >= this.#concurrency) return false;
    const all = [...this.#turns].map(({ quota }) => quota.inFlight);
    return hasRoom(inFlight, all, this.#concurrency);
  }

  #start(place: ModelPlace<T>, call: Governed<T>): void {
    const model = call.models.find((one) => this.#placeOf(one) === place) ?? call.models[0];
    const { since } = this.#waits.get(call.item) ?? {};
    this.#waits.delete(call.item);
    this.#inFlight += 1;
    const now = performance.now();
    place.waitedMs += now - (since ?? now);
    const started = place.quota.start(now, Math.random());
    this.#options.start({ call, model, place, started });
  }

  #placeOf(model: Model): ModelPlace<T> {
    const key = keyOf(model);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const limits = limitsOf(this.#models.get(key) ?? [model], this.#concurrency);
    const quota = new Quota(limits, performance.now());
    const queue = new FairQueue<T>(this.#preferred);
    const place: ModelPlace<T> = { quota, queue, model, waitedMs: 0, refusals: 0, answeredAt: 0 };
    this.#places.set(key, place);
    this.#turns.add(place);
    return place;
  }
}
