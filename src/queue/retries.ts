/**
 * The actions that this process tries again after a wait. Their rows have the time in `not_before`, on the
 * wall clock; here the wait is on the monotonic clock, so that a wall clock that is set back does not
 * lengthen it. Rejected: only the row's time, with which an hour set back was an hour of waiting.
 */

/** When an action is tried again. */
export interface RetryTime {
  /** Milliseconds since the epoch, as its row has it. */
  readonly notBefore: number;
  /** On the clock of `performance.now()`. */
  readonly dueAt: number;
}

/** The clocks' times, in milliseconds. */
interface Clocks {
  /** Since the epoch. */
  readonly wall: number;
  /** Of `performance.now()`. */
  readonly steady: number;
}

/** Rows that one poll reads by their ids. */
const OVERDUE_MAX = 1_000;

export class Retries {
  /** By action. Each leaves once its row was read, or is due by the wall clock. */
  readonly #times = new Map<string, RetryTime>();

  add(id: string, time: RetryTime): void {
    this.#times.set(id, time);
  }

  /** When the first wait ends, on the clock of `performance.now()`. */
  get nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#times.values()) next = Math.min(next, dueAt);
    return next;
  }

  /** Those whose wait is over although their row says otherwise. Forgets those whose row says the same. */
  takeOverdue({ wall, steady }: Clocks): readonly string[] {
    const overdue: string[] = [];
    for (const [id, { notBefore, dueAt }] of this.#times) {
      if (notBefore <= wall) this.#times.delete(id);
      else if (dueAt <= steady && overdue.length < OVERDUE_MAX) overdue.push(id);
    }
    return overdue;
  }

  /** The row is here, or it no longer waits. */
  drop(id: string): void {
    this.#times.delete(id);
  }

  /** Its row was read and cannot be taken yet: it is read again at `dueAt`. */
  defer(id: string, dueAt: number): void {
    const time = this.#times.get(id);
    if (time !== undefined) this.#times.set(id, { ...time, dueAt });
  }
}
