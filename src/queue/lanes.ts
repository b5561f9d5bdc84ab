/** Lanes: what waits, by agent. One action of a lane is out at a time; lanes are independent. */

import TinyQueue from "tinyqueue";
import { type ActionRow, laneOf } from "../model/action.ts";
import { compareActions, takeFirst } from "./order.ts";

interface Lane {
  readonly name: string;
  waiting: TinyQueue<ActionRow>;
  /** Destroys that wait: they do not keep to the order of the heap. */
  destroys: number;
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
  /** Lanes with something waiting and nothing out, and turns that are out of date. */
  readonly #turns = new TinyQueue<Turn>([], (a, b) => compareActions(a.first, b.first));

  add(row: ActionRow): void {
    const name = laneOf(row);
    const lane = this.#lanes.get(name) ?? makeLane(name);
    this.#lanes.set(name, lane);
    const before = findFirst(lane);
    lane.waiting.push(row);
    if (row.action === "agent_destroy") lane.destroys += 1;
    if (!lane.isBusy && findFirst(lane) !== before) this.#addTurn(lane);
  }

  /** Takes the next action of all ready lanes and makes its lane busy; undefined when none is. */
  take(): ActionRow | undefined {
    for (;;) {
      const turn = this.#turns.pop();
      if (turn === undefined) return undefined;
      const { lane, first } = turn;
      if (lane.isBusy || findFirst(lane) !== first) continue;
      remove(lane, first);
      lane.isBusy = true;
      return first;
    }
  }

  /** The action that {@link take} gave is handled; its lane goes on. */
  release(row: ActionRow): void {
    const name = laneOf(row);
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    lane.isBusy = false;
    if (lane.waiting.length > 0) this.#addTurn(lane);
    else this.#lanes.delete(name);
  }

  #addTurn(lane: Lane): void {
    const first = findFirst(lane);
    if (first !== undefined) this.#turns.push({ lane, first });
  }
}

function makeLane(name: string): Lane {
  return {
    name,
    waiting: new TinyQueue<ActionRow>([], compareActions),
    destroys: 0,
    isBusy: false,
  };
}

function findFirst({ waiting, destroys }: Lane): ActionRow | undefined {
  return destroys === 0 ? waiting.peek() : takeFirst(waiting.data);
}

function remove(lane: Lane, row: ActionRow): void {
  if (row.action === "agent_destroy") lane.destroys -= 1;
  if (lane.waiting.peek() === row) lane.waiting.pop();
  else {
    const left = lane.waiting.data.filter((other) => other !== row);
    lane.waiting = new TinyQueue<ActionRow>(left, compareActions);
  }
}
