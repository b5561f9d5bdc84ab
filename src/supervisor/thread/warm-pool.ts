/**
 * Spare threads: a few that run already and wait for an agent, so that one create is answered in the
 * time of some messages instead of that of a thread's start.
 */

import type { UnassignedThread } from "./unassigned-thread.ts";

/** Spares that ended by themselves in a row, after which none are made ahead any more. */
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
  #isClosed = false;

  constructor(options: WarmPoolOptions) {
    this.#options = options;
  }

  /** One that runs, if there is one; the caller owns it. */
  take(): UnassignedThread | undefined {
    const spare = this.#spares.pop();
    if (spare?.hasEnded !== true) return spare;
    return this.take();
  }

  /** Makes one if one is missing; resolves once it runs, with whether it did. */
  async addOne(): Promise<boolean> {
    const { count, make } = this.#options;
    if (this.#isClosed || this.#spares.length >= count || this.#failures >= FAILURES_MAX) {
      return false;
    }
    const thread = make();
    await thread.online;
    if (thread.hasEnded) this.#failures += 1;
    else if (this.#isClosed) await thread.discard();
    else this.#spares.push(thread);
    return true;
  }

  /** Ends all that nobody has taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#spares.splice(0).map((thread) => thread.discard()));
  }
}
