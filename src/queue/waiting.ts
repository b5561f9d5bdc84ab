/** What waits in one lane, and which of it is next. Adding and taking cost the logarithm of what waits. */

import TinyQueue from "tinyqueue";
import { overtakingActions, startingActions } from "../model/actions/action-registry.ts";
import { compareActions, compareAge, type Ordered } from "./order.ts";

export class Waiting<T extends Ordered> {
  /** All that waits. The heaps below keep what has been taken out until it comes to their top. */
  readonly #rows = new Set<T>();
  /** Everything but destroys, in the plain order. */
  readonly #others = new TinyQueue<T>([], compareActions);
  readonly #destroys = new TinyQueue<T>([], compareActions);
  /** The creates once more, by urgency, each heap with its oldest on top. */
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

  remove(row: T): void {
    this.#rows.delete(row);
    // Creates leave in the order of their heap, so this keeps it as small as what waits.
    if (startingActions.includes(row.action)) this.#top(this.#createsOf(row.urgency));
  }

  /**
   * The action that the lane takes next.
   *
   * `agent_destroy` overtakes whatever waits for its agent, except a `create_agent` that is older
   * than it: whoever asks for an agent and then for its end must not be left with the agent.
   */
  first(): T | undefined {
    const destroy = this.#top(this.#destroys);
    if (destroy === undefined) return this.#top(this.#others);
    return this.#firstCreateBefore(destroy) ?? destroy;
  }

  /** Of the creates that are older than `destroy` the most urgent; there are few urgencies. */
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
