/**
 * The heart: shows the main thread that this thread's event loop turns while foreign code runs.
 * It rests with the agent, so that a sleeping or paused agent costs nothing.
 */

import type { ActorControl } from "../boundary/control-block.ts";
import { startTicking, stopTicking } from "./clock.ts";

/** Milliseconds between two beats. */
const BEAT_MS = 500;

export class Heartbeat {
  readonly #control: ActorControl;

  constructor(control: ActorControl) {
    this.#control = control;
  }

  /** Beats until `work` has ended. Work that waits for nothing lets no timer run, and gets none. */
  async while<T>(work: () => T | Promise<T>): Promise<T> {
    this.#control.beat();
    try {
      const working = work();
      return isThenable(working) ? await this.#until(working) : working;
    } finally {
      this.#control.beat();
    }
  }

  async #until<T>(working: PromiseLike<T>): Promise<T> {
    const timer = startTicking(() => this.#control.beat(), BEAT_MS).unref();
    try {
      return await working;
    } finally {
      stopTicking(timer);
    }
  }
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof Object(value).then === "function";
}
