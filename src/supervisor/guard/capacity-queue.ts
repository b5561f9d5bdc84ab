/**
 * The capacity queue: starts of agents that the machine has no room for wait here in their order, and
 * continue as threads end. A cancelled start leaves the queue.
 */

import type { Logger } from "pino";
import type { TroupeError } from "../../model/errors.ts";

/** Milliseconds between two checks while starts wait: other programs may free room too. */
const CHECK_MS = 1_000;

export interface CapacityQueueOptions {
  /** Returns why one more cannot start now. @param admitted starts let in that have no thread yet */
  readonly checkCapacity: (admitted: number) => TroupeError | undefined;
  /** Left out: waiting is not worth a line. */
  readonly log?: Logger;
}

export class CapacityQueue {
  readonly #options: CapacityQueueOptions;
  /** Lets each of them in. */
  readonly #waiting = new Set<() => void>();
  #admitted = 0;
  #timer: NodeJS.Timeout | undefined;
  /** True from the log line about waiting starts until none waits. */
  #isLogged = false;

  constructor(options: CapacityQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves with true once there is room, which is reserved until {@link leave}; with false, and
   * without a reservation, if `signal` fires before.
   * @param onWait called with the reason if it must wait
   */
  async enter(signal: AbortSignal, onWait?: (refusal: TroupeError) => void): Promise<boolean> {
    if (signal.aborted) return false;
    const refusal = this.#options.checkCapacity(this.#admitted + this.#waiting.size);
    if (refusal === undefined) {
      this.#admitted += 1;
      return true;
    }
    onWait?.(refusal);
    return await this.#wait(signal);
  }

  /** The start that was let in has its thread, or will have none. */
  leave(): void {
    this.#admitted -= 1;
  }

  /** Lets in as many as there is room for. Must be called when a thread has ended. */
  admit(): void {
    for (const letIn of this.#waiting) {
      const refusal = this.#options.checkCapacity(this.#admitted);
      if (refusal !== undefined) {
        this.#logWaiting(refusal);
        return;
      }
      letIn();
    }
  }

  #wait(signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const settle = (isLetIn: boolean) => {
      signal.removeEventListener("abort", giveUp);
      this.#waiting.delete(letIn);
      if (isLetIn) this.#admitted += 1;
      this.#restIfEmpty();
      resolve(isLetIn);
    };
    const giveUp = () => settle(false);
    const letIn = () => settle(true);
    signal.addEventListener("abort", giveUp);
    this.#waiting.add(letIn);
    this.#timer ??= setInterval(() => this.admit(), CHECK_MS).unref();
    return promise;
  }

  #restIfEmpty(): void {
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#isLogged) this.#options.log?.info("no agent waits for room any longer");
    this.#isLogged = false;
  }

  #logWaiting(refusal: TroupeError): void {
    if (this.#isLogged) return;
    this.#isLogged = true;
    const { code, message } = refusal;
    this.#options.log?.warn(
      { code, agents: this.#waiting.size },
      `agents wait for room and start as it is freed: ${message}`,
    );
  }
}
