/** Model calls that wait for their turn, in order of arrival. A call leaves when its port closes. */

import type { LlmCall } from "./call-task.ts";

interface WaitingCall {
  readonly call: LlmCall;
  /** Listens while the call waits; removed before the port is passed on. */
  readonly drop: () => void;
}

export interface WaitingCallsOptions {
  readonly max: number;
  /** Milliseconds that a call may wait. */
  readonly turnMs: number;
  /** Called with a call that has waited so long; it has left. */
  readonly onLate: (call: LlmCall) => void;
}

export class WaitingCalls {
  readonly #options: WaitingCallsOptions;
  readonly #waiting = new Set<WaitingCall>();

  constructor(options: WaitingCallsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get isFull(): boolean {
    return this.#waiting.size >= this.#options.max;
  }

  add(call: LlmCall): void {
    const drop = () => {
      this.#waiting.delete(waiting);
      clearTimeout(timer);
    };
    const timer = setTimeout(() => {
      this.#leave(waiting);
      this.#options.onLate(call);
    }, this.#options.turnMs);
    const waiting: WaitingCall = { call, drop };
    this.#waiting.add(waiting);
    call.port.on("close", drop);
    // An unread message would hold up the close event behind it.
    call.port.start();
  }

  /** The next call that `isNext` accepts, which then no longer waits; `isOver` ends the search. */
  take(isNext: (call: LlmCall) => boolean, isOver: () => boolean): LlmCall | undefined {
    for (const waiting of this.#waiting) {
      if (isOver()) return undefined;
      if (!isNext(waiting.call)) continue;
      this.#leave(waiting);
      return waiting.call;
    }
    return undefined;
  }

  #leave({ call, drop }: WaitingCall): void {
    drop();
    call.port.off("close", drop);
  }
}
