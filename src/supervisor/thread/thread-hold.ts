/**
 * How long heap summaries have stopped a thread; that time does not count for its step. A hold is in the
 * control block before the thread stops, so that the thread knows of it as soon as it continues.
 */

import type { MainControl } from "../../boundary/control-block.ts";

export class ThreadHold {
  readonly #control: Pick<MainControl, "setHeld">;
  /** When the running hold started, on the monotonic clock. */
  #since: number | undefined;
  #endedMs = 0;

  constructor(control: Pick<MainControl, "setHeld">) {
    this.#control = control;
  }

  get isRunning(): boolean {
    return this.#since !== undefined;
  }

  /** Milliseconds of all holds so far, the running one included. */
  get ms(): number {
    return this.#endedMs + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  /** One hold at a time: it lasts until the result is disposed of. */
  begin(): Disposable {
    this.#since = performance.now();
    this.#control.setHeld(true, this.#endedMs);
    return { [Symbol.dispose]: () => this.#end() };
  }

  #end(): void {
    this.#endedMs = this.ms;
    this.#since = undefined;
    this.#control.setHeld(false, this.#endedMs);
  }
}
