/**
 * The warm pool: a few spare threads that already run and wait for an agent, so that a create takes the
 * time of a few messages and not of a thread's start.
 */

import type { UnassignedThread } from "./unassigned-thread.ts";

/** Spares that ended without an agent, in a row, after which no more are made. */
const FAILURES_MAX = 3;

export interface WarmPoolOptions {
  /** Spares at most. */
  readonly count: number;
  readonly make: () => UnassignedThread;
}

export class WarmPool {
  readonly #options: WarmPoolOptions;
  readonly #spares: UnassignedThread[] = [];
  #failures = 0;
  /** How often the spares were cleared: one made before the last time is not kept. */
  #clearings = 0;
  #isClosed = false;

  constructor(options: WarmPoolOptions) {
    this.#options = options;
  }

  /** A running thread, if there is one; the caller owns it. */
  take(): UnassignedThread | undefined {
    const spare = this.#spares.pop();
    if (spare?.hasEnded !== true) return spare;
    return this.take();
  }

  /** Makes one if any is missing; resolves with whether it made one, once that runs or has ended. */
  async addOne(): Promise<boolean> {
    const { count, make } = this.#options;
    if (this.#isClosed || this.#spares.length >= count || this.#failures >= FAILURES_MAX) {
      return false;
    }
    const clearings = this.#clearings;
    const thread = make();
    await thread.online;
    if (thread.hasEnded) this.#failures += 1;
    else if (this.#isClosed || clearings !== this.#clearings) await thread.discard();
    else this.#spares.push(thread);
    return true;
  }

  /** Ends the spares in the background; others may be made. */
  clear(): void {
    this.#clearings += 1;
    for (const thread of this.#spares.splice(0)) thread.discard().catch(() => undefined);
  }

  /** Ends all spares that were not taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#spares.splice(0).map((thread) => thread.discard()));
  }
}
