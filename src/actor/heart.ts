/**
 * The heart: shows the main thread that this thread's event loop turns while foreign code runs.
 * It rests with the agent, so that a sleeping or paused agent costs nothing.
 */

import type { ActorControl } from "./control-block.ts";

/** Milliseconds between two beats. */
const BEAT_MS = 500;

export class Heart {
  readonly #control: ActorControl;

  constructor(control: ActorControl) {
    this.#control = control;
  }

  /** Beats until `work` has ended. */
  async during<T>(work: () => T | Promise<T>): Promise<T> {
    const beat = () => this.#control.beat();
    beat();
    const timer = setInterval(beat, BEAT_MS).unref();
    try {
      return await work();
    } finally {
      clearInterval(timer);
      beat();
    }
  }
}
