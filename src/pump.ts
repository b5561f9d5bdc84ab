/**
 * The pump: starts all that is ready, in short time slices. It has no slots: scarce resources are limited
 * by the code that uses them.
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import { SLICE_MS } from "./time-slices.ts";

export class Pump<T> {
  readonly #take: () => T | undefined;
  readonly #begin: (item: T) => void;
  #isRunning = false;

  /** @param take returns an item that is ready, or undefined */
  constructor(take: () => T | undefined, begin: (item: T) => void) {
    this.#take = take;
    this.#begin = begin;
  }

  /** Call it whenever an item may have become ready. `begin` must not throw. */
  run(): void {
    if (!this.#isRunning) void this.#runAll();
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    let begun = performance.now();
    for (let item = this.#take(); item !== undefined; item = this.#take()) {
      this.#begin(item);
      await undefined; // its microtasks count too
      if (performance.now() - begun < SLICE_MS) continue;
      await nextTurn();
      begun = performance.now();
    }
    this.#isRunning = false;
  }
}
