/**
 * How long heap summaries have stopped a thread; that time does not count for its step.
 *
 * The inspector reports that it is about to stop the thread, and waits. Main begins the hold, which is one
 * word of the control block (`HELD`), and answers `mayStop`; only then is V8 asked for the snapshot. So the
 * hold is in the word before the thread stops, and a thread that continues reads it even if the timer of its
 * step has become due meanwhile. Main's check of the deadline reads the same hold.
 *
 * A hold ends with its question, however that ends: with an answer, with the agent's thread, or with the
 * inspector's, whose exit answers all its questions. It can last too long, while main or the inspector is
 * busy: that time is the step's gain. It is too short only if a snapshot takes more than a minute and is
 * given up. A stop and a destroy wait for no hold: their grace passes in it, and a termination takes effect
 * once V8 has written the snapshot.
 *
 * Rejected: a pause of main's check alone, because the thread's own timer is due in the moment in which the
 * thread continues; two words for state and length, which a reader can see torn.
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
