/**
 * The pump: begins whatever is ready, in short turns of the event loop. Nothing that is ready waits for
 * a place that something else holds: what is scarce is limited where it is used.
 */

import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds of one turn. */
const TURN_MS = 2;

export class Pump<T> {
  readonly #take: () => T | undefined;
  readonly #begin: (item: T) => void;
  #isRunning = false;

  /** @param take answers with what is ready, or with undefined when nothing is */
  constructor(take: () => T | undefined, begin: (item: T) => void) {
    this.#take = take;
    this.#begin = begin;
  }

  /** To be called whenever something may have become ready. Never throws what `begin` does not. */
  run(): void {
    if (!this.#isRunning) void this.#runAll();
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    let begun = performance.now();
    for (let item = this.#take(); item !== undefined; item = this.#take()) {
      this.#begin(item);
      await undefined; // what it does at once counts as well
      if (performance.now() - begun < TURN_MS) continue;
      await nextTurn();
      begun = performance.now();
    }
    this.#isRunning = false;
  }
}
