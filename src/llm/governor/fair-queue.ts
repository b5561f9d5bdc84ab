/**
 * Waiting calls in the order of their turns: each agent has one turn a round, whatever it has waiting. An
 * agent that was just steered is next, but takes at most every second turn. Pure.
 */

export interface Queued<T> {
  readonly agentId: string;
  readonly item: T;
}

export class FairQueue<T> {
  /** Calls that had their turn and came back: they go before others. */
  readonly #back: Queued<T>[] = [];
  /** By agent, in the order of their next turns; none is empty. */
  readonly #waiting = new Map<string, Queued<T>[]>();
  /** Agents that go first, in the order in which they were steered; most may have no call here. */
  readonly #preferred: Set<string>;
  #size = 0;
  #wasPreferred = false;

  /** @param preferred agents that go first, for one turn; the queue removes those that had it */
  constructor(preferred: Set<string>) {
    this.#preferred = preferred;
  }

  get size(): number {
    return this.#size;
  }

  /** @param isBack true for a call that had its turn already */
  add(call: Queued<T>, isBack = false): void {
    this.#size += 1;
    if (isBack) {
      this.#back.push(call);
      return;
    }
    const own = this.#waiting.get(call.agentId);
    if (own === undefined) this.#waiting.set(call.agentId, [call]);
    else own.push(call);
  }

  next(): Queued<T> | undefined {
    const preferred = this.#findPreferred();
    this.#wasPreferred = preferred !== undefined;
    if (preferred === undefined && this.#back.length > 0) {
      this.#size -= 1;
      return this.#back.shift();
    }
    const agentId = preferred ?? this.#waiting.keys().next().value;
    if (agentId === undefined) return undefined;
    this.#preferred.delete(agentId);
    return this.#take(agentId);
  }

  /** Removes one call; false if it does not wait here. */
  remove({ agentId, item }: Queued<T>): boolean {
    const own = this.#waiting.get(agentId) ?? [];
    const isRemoved = removeFrom(own, item) || removeFrom(this.#back, item);
    if (!isRemoved) return false;
    if (own.length === 0) this.#waiting.delete(agentId);
    this.#size -= 1;
    return true;
  }

  /** One waiting call of an agent. */
  findOf(agentId: string): T | undefined {
    const back = this.#back.find((call) => call.agentId === agentId);
    return (this.#waiting.get(agentId)?.[0] ?? back)?.item;
  }

  *[Symbol.iterator](): Generator<Queued<T>> {
    yield* this.#back;
    for (const calls of this.#waiting.values()) yield* calls;
  }

  #findPreferred(): string | undefined {
    const hasOthers = this.#back.length > 0 || this.#waiting.size > 1;
    if (this.#wasPreferred && hasOthers) return undefined;
    for (const agentId of this.#preferred) if (this.#waiting.has(agentId)) return agentId;
    return undefined;
  }

  #take(agentId: string): Queued<T> | undefined {
    const own = this.#waiting.get(agentId);
    const call = own?.shift();
    if (own === undefined || call === undefined) return undefined;
    this.#size -= 1;
    this.#waiting.delete(agentId);
    if (own.length > 0) this.#waiting.set(agentId, own);
    return call;
  }
}

function removeFrom<T>(calls: Queued<T>[], item: T): boolean {
  const at = calls.findIndex((call) => call.item === item);
  if (at === -1) return false;
  calls.splice(at, 1);
  return true;
}
