/** The in-flight set: actions taken from the table whose end the table may not show yet. */

export class InFlight {
  /**
   * By action id: undefined while it waits, is handled or is not acked; afterwards the number of
   * the last poll that had begun when its ack was stored. That poll may still have read the row as
   * unprocessed, so the id stays known until a later one has ended.
   */
  readonly #ids = new Map<string, number | undefined>();

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** True where its end, or its next attempt, is not stored yet. */
  isOpen(id: string): boolean {
    return this.#ids.has(id) && this.#ids.get(id) === undefined;
  }

  add(id: string): void {
    this.#ids.set(id, undefined);
  }

  /** The next poll takes it again, if it is there. */
  remove(id: string): void {
    this.#ids.delete(id);
  }

  /** The row's end is stored; `poll` is the number of the last poll that has begun. */
  settle(id: string, poll: number): void {
    this.#ids.set(id, poll);
  }

  /** Poll number `poll` has read the table: what was settled before it began, it has read as it is. */
  forgetSettledBefore(poll: number): void {
    for (const [id, settledIn] of this.#ids) {
      if (settledIn !== undefined && settledIn < poll) this.#ids.delete(id);
    }
  }
}
