/** The waiting actions of one lane, and which of them is next. Adding and taking are O(log n). */

import TinyQueue from "tinyqueue";
import { overtakingActions, startingActions } from "../model/actions/action-registry.ts";
import { compareActions, compareAge, type Ordered } from "./order.ts";

export class Waiting<T extends Ordered> {
  /** All that wait. The heaps below keep rows that were taken out until they reach the top. */
  readonly #rows = new Set<T>();
  /** Repeated actions in their order: whatever that was, the others came after them. */
  readonly #repeated: T[] = [];
  /** Everything but destroys, in the plain order. */
  readonly #others = new TinyQueue<T>([], compareActions);
  readonly #destroys = new TinyQueue<T>([], compareActions);
  /** The creates again, by urgency, each heap with its oldest on top. */
  readonly #creates = new Map<number, TinyQueue<T>>();

  get size(): number {
    return this.#rows.size;
  }

  add(row: T): void {
    this.#rows.add(row);
    if (overtakingActions.includes(row.action)) {
      this.#destroys.push(row);
      return;
    }
    this.#others.push(row);
    if (startingActions.includes(row.action)) this.#createsOf(row.urgency).push(row);
  }

  addRepeated(row: T): void {
    this.#rows.add(row);
    this.#repeated.push(row);
  }

  remove(row: T): void {
    this.#rows.delete(row);
    const place = this.#repeated.indexOf(row);
    if (place >= 0) this.#repeated.splice(place, 1);
    // Creates leave in the order of their heap, so this removes all that no longer wait.
    if (startingActions.includes(row.action)) this.#top(this.#createsOf(row.urgency));
  }

  /**
   * The action that the lane takes next: first those that are repeated.
   *
   * `agent_destroy` overtakes all actions that wait for its agent, except an older `create_agent`:
   * otherwise a create and then a destroy would leave the agent running.
   */
  first(): T | undefined {
    const [repeated] = this.#repeated;
    if (repeated !== undefined) return repeated;
    const destroy = this.#top(this.#destroys);
    if (destroy === undefined) return this.#top(this.#others);
    return this.#firstCreateBefore(destroy) ?? destroy;
  }

  /** The most urgent create that is older than `destroy`; there are few urgencies. */
  #firstCreateBefore(destroy: T): T | undefined {
    let first: T | undefined;
    for (const [urgency, creates] of this.#creates) {
      const oldest = this.#top(creates);
      if (oldest === undefined) this.#creates.delete(urgency);
      else if (compareAge(oldest, destroy) < 0) {
        if (first === undefined || compareActions(oldest, first) < 0) first = oldest;
      }
    }
    return first;
  }

  #createsOf(urgency: number): TinyQueue<T> {
    const creates = this.#creates.get(urgency) ?? new TinyQueue<T>([], compareAge);
    this.#creates.set(urgency, creates);
    return creates;
  }

  #top(heap: TinyQueue<T>): T | undefined {
    for (let top = heap.peek(); top !== undefined; top = heap.peek()) {
      if (this.#rows.has(top)) return top;
      heap.pop();
    }
    return undefined;
  }
}
