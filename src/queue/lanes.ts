/** Lanes: what waits, by agent. One action of a lane is out at a time; lanes are independent. */

import { type ActionRow, laneOf } from "../model/action.ts";
import { compareActions, takeFirst } from "./order.ts";

interface Lane {
  readonly name: string;
  readonly waiting: ActionRow[];
  /** An action of this lane is being handled. */
  isBusy: boolean;
}

export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with something waiting and nothing out. */
  readonly #ready = new Set<Lane>();

  add(row: ActionRow): void {
    const name = laneOf(row);
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { name, waiting: [], isBusy: false };
      this.#lanes.set(name, lane);
    }
    lane.waiting.push(row);
    if (!lane.isBusy) this.#ready.add(lane);
  }

  /** Takes the next action of all ready lanes and makes its lane busy; undefined when none is. */
  take(): ActionRow | undefined {
    let chosen: { lane: Lane; row: ActionRow } | undefined;
    for (const lane of this.#ready) {
      const row = takeFirst(lane.waiting);
      if (row === undefined) continue;
      if (chosen === undefined || compareActions(row, chosen.row) < 0) chosen = { lane, row };
    }
    if (chosen === undefined) return undefined;
    const { lane, row } = chosen;
    lane.waiting.splice(lane.waiting.indexOf(row), 1);
    lane.isBusy = true;
    this.#ready.delete(lane);
    return row;
  }

  /** The action that {@link take} gave is handled; its lane goes on. */
  release(row: ActionRow): void {
    const name = laneOf(row);
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    lane.isBusy = false;
    if (lane.waiting.length > 0) this.#ready.add(lane);
    else this.#lanes.delete(name);
  }
}
