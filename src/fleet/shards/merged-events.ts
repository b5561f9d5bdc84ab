/**
 * The events of several shards as one iteration. Each shard has its own connection, which is made
 * again on its own, and each event has its shard, because `seq` counts within one. `fleet.stats` are the
 * sums of all shards.
 *
 * An event is taken from a shard only when the one before was taken by the consumer, so a slow consumer
 * slows the connections, and the servers report gaps as to any slow client.
 */

import { setTimeout as delay } from "node:timers/promises";
import { type Backoff, backoffMs } from "../../model/backoff.ts";
import type { TroupeError } from "../../model/errors.ts";
import type { EventType, FleetStats } from "../../model/event.ts";
import type { Connection, EventOf, EventOptions, Followed } from "../event-iteration.ts";
import type { Fleet } from "../fleet.ts";
import { sumStats } from "./shard-sums.ts";
import { isFault, type ShardWay } from "./shard-way.ts";

export interface FollowedShards<T extends EventType> {
  readonly ways: readonly ShardWay[];
  readonly options: EventOptions<T>;
  /** As of the fleet: without it a shard that is not reached at first is an error. */
  readonly onUnreached: ((error: TroupeError) => void) | undefined;
}

/** Milliseconds between two tries to reach a shard that was never reached. */
const RETRY: Backoff = { baseMs: 1_000, maxMs: 10_000 };

/** Milliseconds for all shards to be reached before the first event is returned. */
const REACH_MS = 5_000;

/**
 * Returns nothing until each shard was reached, or {@link REACH_MS} are over: a client that reads the agents
 * after the first item misses nothing of these. A shard that is reached later reports a gap.
 */
export async function* followAll<T extends EventType>(
  followed: FollowedShards<T>,
  signal: AbortSignal,
): AsyncGenerator<Followed<T>, void> {
  const ending = new AbortController();
  const merge = new EventMerge(followed, AbortSignal.any([signal, ending.signal]));
  try {
    const isLate = delay(REACH_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    await Promise.race([merge.reached, isLate]);
    yield* merge.read();
  } finally {
    ending.abort();
    await merge.ended;
  }
}

class EventMerge<T extends EventType> {
  readonly #followed: FollowedShards<T>;
  readonly #signal: AbortSignal;
  /** At most one event of each shard, and changes of connections, oldest first. */
  readonly #waiting: { readonly item: Followed<T>; readonly onTaken: () => void }[] = [];
  readonly #stats = new StatsOfShards();
  /** Rings when there is something to read, or all have ended. */
  #ring = new Signal();
  #failure: { readonly error: unknown } | undefined;
  /** True once something may have been returned. */
  #isReading = false;
  readonly reached: Promise<unknown>;
  /** Resolves once no connection is open. */
  readonly ended: Promise<unknown>;
  #isEnded = false;

  constructor(followed: FollowedShards<T>, signal: AbortSignal) {
    this.#followed = followed;
    this.#signal = signal;
    const pumps = followed.ways.map((way) => {
      const tried = new Signal();
      const ended = this.#pump(way, tried.resolve).finally(tried.resolve);
      return { tried: tried.promise, ended };
    });
    this.reached = Promise.all(pumps.map(({ tried }) => tried));
    this.ended = Promise.all(pumps.map(({ ended }) => ended)).then(() => {
      this.#isEnded = true;
      this.#ring.resolve();
    });
  }

  async *read(): AsyncGenerator<Followed<T>, void> {
    this.#isReading = true;
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        yield next.item;
        next.onTaken();
      } else if (this.#failure !== undefined) throw this.#failure.error;
      else if (this.#isEnded) return;
      else {
        await this.#ring.promise;
        this.#ring = new Signal();
      }
    }
  }

  /** Never rejects. */
  async #pump(way: ShardWay, onTried: () => void): Promise<void> {
    for (let failures = 1; !this.#signal.aborted; failures += 1) {
      try {
        await way.use((fleet) => this.#follow(way, fleet, onTried));
        return;
      } catch (error) {
        if (this.#signal.aborted) return;
        const { onUnreached } = this.#followed;
        if (onUnreached === undefined || !isFault(error)) {
          this.#failure ??= { error };
          this.#ring.resolve();
          return;
        }
        if (failures === 1) onUnreached(error);
        const { index } = way.shard;
        this.#put({ kind: "connection", connection: { isOpen: false, error, shard: index } });
        onTried();
        const pauseMs = backoffMs(RETRY, failures, Math.random());
        await delay(pauseMs, undefined, { signal: this.#signal }).catch(() => undefined);
      }
    }
  }

  async #follow(way: ShardWay, fleet: Fleet, onTried: () => void): Promise<void> {
    const { index } = way.shard;
    let isFirst = true;
    const onConnection = (connection: Connection) => {
      this.#put({ kind: "connection", connection: named(connection, way) });
      if (!connection.isOpen) this.#stats.lose(index);
      // Its agents may have been read without it.
      else if (isFirst && this.#isReading) this.#put(missedAll(index));
      if (connection.isOpen) isFirst = false;
      onTried();
    };
    const options = { ...this.#followed.options, signal: this.#signal, onConnection };
    for await (const event of fleet.events<T>(options)) {
      const own = this.#stats.add(index, { ...event, shard: index });
      if (own !== undefined) await this.#putAndWait({ kind: "event", event: own });
    }
  }

  #put(item: Followed<T>, onTaken: () => void = () => undefined): void {
    this.#waiting.push({ item, onTaken });
    this.#ring.resolve();
  }

  async #putAndWait(item: Followed<T>): Promise<void> {
    // After an abort no consumer takes the event, and a listener added now would never be called.
    if (this.#signal.aborted) return;
    const taken = new Signal();
    const onAbort = () => taken.resolve();
    this.#signal.addEventListener("abort", onAbort, { once: true });
    this.#put(item, taken.resolve);
    await taken.promise;
    this.#signal.removeEventListener("abort", onAbort);
  }
}

/** As `Promise.withResolvers`, which Node 20 does not have. */
class Signal {
  resolve: () => void = () => undefined;
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}

/** Keeps the last figures of each shard; that of the first shard that reports carries the sums. */
class StatsOfShards {
  readonly #last = new Map<number, FleetStats>();
  /** Shards that report now; the figures of the others are the last known ones. */
  readonly #present = new Set<number>();
  /** When the last shard was added. */
  #since = performance.now();

  lose(shard: number): void {
    this.#present.delete(shard);
  }

  /** The event as it is passed on, with sums; undefined if it is held back. */
  add<E extends { readonly type: string; readonly data: unknown }>(
    shard: number,
    event: E,
  ): E | undefined {
    if (event.type !== "fleet.stats") return event;
    if (!this.#last.has(shard)) this.#since = performance.now();
    this.#last.set(shard, event.data as FleetStats);
    this.#present.add(shard);
    if (shard !== Math.min(...this.#present)) return undefined;
    const known = performance.now() - this.#since;
    return { ...event, shard: undefined, data: sumStats([...this.#last.values()], known) };
  }
}

/** The shard's agents have not been read yet: a client that keeps a list must read all of them again. */
function missedAll<T extends EventType>(shard: number): Followed<T> {
  const data = { after_seq: 0, before_seq: 0, reason: "restarted" };
  const event = { seq: 0, type: "gap", time: Date.now(), data, shard };
  return { kind: "event", event: event as unknown as EventOf<T> };
}

function named(connection: Connection, way: ShardWay): Connection {
  const shard = way.shard.index;
  if (connection.isOpen) return { isOpen: true, shard };
  return { isOpen: false, error: way.nameFault(connection.error) as TroupeError, shard };
}
