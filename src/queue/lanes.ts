/** Lanes: the waiting actions, by agent. One action of a lane is handled at a time; lanes are independent. */

import TinyQueue from "tinyqueue";
import { compareActions, type Ordered } from "./order.ts";
import { Waiting } from "./waiting.ts";

/** An action in its lane. */
interface Laned<T> {
  readonly row: T;
  readonly lane: string;
  /** True if it ended in an earlier process: it goes before all others. */
  readonly isRepeated?: boolean;
}

interface Lane<T extends Ordered> {
  readonly name: string;
  readonly waiting: Waiting<T>;
  /** An action of this lane is being handled. */
  isBusy: boolean;
}

/** A lane whose next action can be taken; out of date once another row is the lane's first. */
interface Ready<T extends Ordered> {
  readonly lane: Lane<T>;
  readonly first: T;
}

export class Lanes<T extends Ordered> {
  readonly #lanes = new Map<string, Lane<T>>();
  /** The lanes that are not busy and have an action waiting, and entries that are out of date. */
  readonly #ready = new TinyQueue<Ready<T>>([], (a, b) => compareActions(a.first, b.first));

  add({ row, lane: name, isRepeated = false }: Laned<T>): void {
    const lane = this.#lanes.get(name) ?? { name, waiting: new Waiting(), isBusy: false };
    this.#lanes.set(name, lane);
    const before = lane.waiting.first();
    if (isRepeated) lane.waiting.addRepeated(row);
    else lane.waiting.add(row);
    if (!lane.isBusy && lane.waiting.first() !== before) this.#makeReady(lane);
  }

  /** Takes the next action of all ready lanes and makes its lane busy; undefined when none is. */
  take(): T | undefined {
    for (;;) {
      const ready = this.#ready.pop();
      if (ready === undefined) return undefined;
      const { lane, first } = ready;
      if (lane.isBusy || lane.waiting.first() !== first) continue;
      lane.waiting.remove(first);
      lane.isBusy = true;
      return first;
    }
  }

  /** The lane continues after the action that {@link take} gave. */
  release(name: string): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    lane.isBusy = false;
    this.#makeReady(lane);
  }

  /** Takes out an action that waits here. */
  remove({ row, lane: name }: Laned<T>): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    lane.waiting.remove(row);
    if (!lane.isBusy) this.#makeReady(lane);
  }

  #makeReady(lane: Lane<T>): void {
    const first = lane.waiting.first();
    if (first === undefined) this.#lanes.delete(lane.name);
    else this.#ready.push({ lane, first });
  }
}
