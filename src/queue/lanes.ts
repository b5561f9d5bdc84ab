/** Lanes: what waits, by agent. One action of a lane is out at a time; lanes are independent. */

import TinyQueue from "tinyqueue";
import { type ActionRow, laneOf } from "../model/action.ts";
import { compareActions } from "./order.ts";
import { Waiting } from "./waiting.ts";

interface Lane {
  readonly name: string;
  readonly waiting: Waiting<ActionRow>;
  /** An action of this lane is being handled. */
  isBusy: boolean;
}

/** A lane at its turn by `first`; out of date once another row is the lane's first. */
interface Turn {
  readonly lane: Lane;
  readonly first: ActionRow;
}

export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  /** What waits in any of them, by id. */
  readonly #rows = new Map<string, ActionRow>();
  /** Lanes with something waiting and nothing out, and turns that are out of date. */
  readonly #turns = new TinyQueue<Turn>([], (a, b) => compareActions(a.first, b.first));

  add(row: ActionRow): void {
    const name = laneOf(row);
    const lane = this.#lanes.get(name) ?? { name, waiting: new Waiting(), isBusy: false };
    this.#lanes.set(name, lane);
    this.#rows.set(row.id, row);
    const before = lane.waiting.first();
    lane.waiting.add(row);
    if (!lane.isBusy && lane.waiting.first() !== before) this.#addTurn(lane);
  }

  /** Takes the next action of all ready lanes and makes its lane busy; undefined when none is. */
  take(): ActionRow | undefined {
    for (;;) {
      const turn = this.#turns.pop();
      if (turn === undefined) return undefined;
      const { lane, first } = turn;
      if (lane.isBusy || lane.waiting.first() !== first) continue;
      this.#remove(lane, first);
      lane.isBusy = true;
      return first;
    }
  }

  /** The action that {@link take} gave is handled; its lane goes on. */
  release(row: ActionRow): void {
    const lane = this.#lanes.get(laneOf(row));
    if (lane === undefined) return;
    lane.isBusy = false;
    this.#goOn(lane);
  }

  /** Takes an action out of turn; undefined where it does not wait here. */
  withdraw(id: string): ActionRow | undefined {
    const row = this.#rows.get(id);
    const lane = row && this.#lanes.get(laneOf(row));
    if (lane === undefined || row === undefined) return undefined;
    this.#remove(lane, row);
    if (!lane.isBusy) this.#goOn(lane);
    return row;
  }

  #remove(lane: Lane, row: ActionRow): void {
    lane.waiting.remove(row);
    this.#rows.delete(row.id);
  }

  #goOn(lane: Lane): void {
    if (lane.waiting.size > 0) this.#addTurn(lane);
    else this.#lanes.delete(lane.name);
  }

  #addTurn(lane: Lane): void {
    const first = lane.waiting.first();
    if (first !== undefined) this.#turns.push({ lane, first });
  }
}
