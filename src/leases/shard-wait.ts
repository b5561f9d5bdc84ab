/**
 * The wait of a process for a shard: it looks again and again, woken early by the engine's watch, and
 * takes its own shard or one that is free.
 *
 * After an engine was away, leases may have run out whose holders run. A process that waits notices the
 * gap between two answers and takes nothing free for one term (`ttlMs`) afterwards, so that the holders
 * register again first.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { TroupeError } from "../model/errors.ts";
import { type Leases, lookMs, type Standing } from "./leases.ts";

/** What a process that waits has found last. */
export type WaitState =
  | { readonly kind: "waiting" }
  /** An engine that was away answers again: its leases are left to their holders for a term. */
  | { readonly kind: "quiet" }
  | { readonly kind: "unreachable"; readonly error: TroupeError };

export interface WaitOptions {
  readonly leases: Leases;
  /** The shards that it may take. */
  readonly shards: readonly number[];
  readonly signal: AbortSignal;
  /** Called with each change. */
  readonly onState: (state: WaitState) => void;
  /**
   * The shard that an earlier process under the same heart had. It may be started without a lease while
   * the engine is away: without a takeover, so the claim in its database decides.
   */
  readonly shardBefore?: number | undefined;
}

/** A shard to run. */
export interface Won {
  readonly shard: number;
  /** False if the engine was not reached. */
  readonly hasLease: boolean;
}

/** Resolves with the shard; undefined once the signal fires. */
export async function waitForShard(options: WaitOptions): Promise<Won | undefined> {
  const { leases, signal } = options;
  using wait = new ShardWait(options);
  while (!signal.aborted) {
    const won = await wait.look();
    if (won !== undefined) return won;
    await wait.rest(lookMs(leases));
  }
  return undefined;
}

class ShardWait implements Disposable {
  readonly #options: WaitOptions;
  readonly #over = new AbortController();
  /** Fires when the wait is over, whatever ended it. */
  readonly #signal: AbortSignal;
  /** When the engine answered last, or the wait started, on the monotonic clock. */
  #answeredAt = performance.now();
  /** Until when nothing free is taken. */
  #quietUntil = Number.NEGATIVE_INFINITY;
  #state: WaitState["kind"] | undefined;
  /** Resolves when the watch reports something; undefined while there is none. */
  #bell: Promise<void> | undefined;

  constructor(options: WaitOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#over.signal]);
  }

  async look(): Promise<Won | undefined> {
    const { leases, shards } = this.#options;
    try {
      const standings = await leases.find(shards);
      this.#noteAnswer();
      const isQuiet = performance.now() < this.#quietUntil;
      for (const shard of chooseShards(standings, isQuiet, Math.random())) {
        if (await leases.claim(shard)) return { shard, hasLease: true };
      }
      this.#enter({ kind: isQuiet ? "quiet" : "waiting" });
      return undefined;
    } catch (error) {
      this.#enter({ kind: "unreachable", error: error as TroupeError });
      return this.#goOnWithout();
    }
  }

  /** Ends early when the watch reports something, and when the wait is over. */
  async rest(ms: number): Promise<void> {
    const signal = this.#signal;
    const { promise, resolve } = Promise.withResolvers<void>();
    // A watch that breaks is ignored: the next look finds what it missed.
    this.#bell ??= this.#options.leases.watch(signal).finally(() => {
      this.#bell = undefined;
    });
    this.#bell.then(resolve, () => undefined);
    await Promise.race([promise, delay(ms, undefined, { signal }).catch(() => undefined)]);
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  #noteAnswer(): void {
    const now = performance.now();
    const { ttlMs } = this.#options.leases;
    // A holder that could not renew for half a term may have lost its lease.
    if (now - this.#answeredAt > ttlMs / 2) this.#quietUntil = now + ttlMs;
    this.#answeredAt = now;
  }

  /** An engine that is away must not keep a process down that has only crashed. */
  #goOnWithout(): Won | undefined {
    const { shardBefore: shard, shards, leases } = this.#options;
    const isLong = performance.now() - this.#answeredAt > leases.ttlMs;
    if (shard === undefined || !shards.includes(shard) || !isLong) return undefined;
    return { shard, hasLease: false };
  }

  #enter(state: WaitState): void {
    if (this.#state === state.kind) return;
    this.#state = state.kind;
    this.#options.onState(state);
  }
}

/**
 * The shards to try, in order: the process's own, then the free ones from a random one on, so that
 * processes that start at the same moment do not try the same one. Pure.
 * @param chance a number in [0, 1)
 */
export function chooseShards(
  standings: readonly Standing[],
  isQuiet: boolean,
  chance: number,
): readonly number[] {
  const own = standings.filter(({ state }) => state === "own");
  const free = isQuiet ? [] : standings.filter(({ state }) => state === "free");
  const first = Math.floor(chance * free.length);
  return [...own, ...free.slice(first), ...free.slice(0, first)].map(({ shard }) => shard);
}
