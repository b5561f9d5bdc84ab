/** Lanes: what waits, by agent. One action of a lane is out at a time; lanes are independent. */

import TinyQueue from "tinyqueue";
import { compareActions, type Ordered } from "./order.ts";
import { Waiting } from "./waiting.ts";

/** An action in its lane. */
interface Laned<T> {
  readonly row: T;
  readonly lane: string;
}

interface Lane<T extends Ordered> {
  readonly name: string;
  readonly waiting: Waiting<T>;
  /** An action of this lane is being handled. */
  isBusy: boolean;
}

/** A lane at its turn by `first`; out of date once another row is the lane's first. */
interface Turn<T extends Ordered> {
  readonly lane: Lane<T>;
  readonly first: T;
}

export class Lanes<T extends Ordered> {
  readonly #lanes = new Map<string, Lane<T>>();
  /** Lanes with something waiting and nothing out, and turns that are out of date. */
  readonly #turns = new TinyQueue<Turn<T>>([], (a, b) => compareActions(a.first, b.first));

  add({ row, lane: name }: Laned<T>): void {
    const lane = this.#lanes.get(name) ?? { name, waiting: new Waiting(), isBusy: false };
    this.#lanes.set(name, lane);
    const before = lane.waiting.first();
    lane.waiting.add(row);
    if (!lane.isBusy && lane.waiting.first() !== before) this.#addTurn(lane);
  }

  /** Takes the next action of all ready lanes and makes its lane busy; undefined when none is. */
  take(): T | undefined {
    for (;;) {
      const turn = this.#turns.pop();
      if (turn === undefined) return undefined;
      const { lane, first } = turn;
      if (lane.isBusy || lane.waiting.first() !== first) continue;
      lane.waiting.remove(first);
      lane.isBusy = true;
      return first;
    }
  }

  /** The action that {@link take} gave is handled; its lane continues. */
  release(name: string): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    lane.isBusy = false;
    this.#goOn(lane);
  }

  /** Takes an action that waits here out of turn. */
  remove({ row, lane: name }: Laned<T>): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    lane.waiting.remove(row);
    if (!lane.isBusy) this.#goOn(lane);
  }

  #goOn(lane: Lane<T>): void {
    if (lane.waiting.size > 0) this.#addTurn(lane);
    else this.#lanes.delete(lane.name);
  }

  #addTurn(lane: Lane<T>): void {
    const first = lane.waiting.first();
    if (first !== undefined) this.#turns.push({ lane, first });
  }
}
