/**
 * The heartbeat: shows the main thread that this thread's event loop turns while foreign code runs.
 * There is none between steps, so that a sleeping or paused agent costs nothing.
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

  /** Beats until `work` has ended. Synchronous work gets no timer: it would not run. */
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
