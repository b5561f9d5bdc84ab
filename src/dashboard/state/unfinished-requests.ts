/**
 * The keys of guidance whose request was not answered: if it is sent again unchanged, it has the same
 * idempotency key, and is given once even if the first request had arrived; so both also have one receipt.
 * Keys do not expire here; the server treats one that it has forgotten as new. Pure.
 */

/** Requests kept; the oldest are dropped first. */
const KEPT_MAX = 100;

export interface KeptRequest<Key> {
  readonly key: Key;
  readonly agentIds: readonly string[];
}

export class UnfinishedRequests<Key> {
  readonly #kept = new Map<string, KeptRequest<Key>>();

  /**
   * The key of the same request if it was kept. From now on nothing is kept about its agents: what is sent
   * after other guidance is meant as new guidance, even if its text was sent before.
   */
  take(body: string, agentIds: readonly string[]): Key | undefined {
    const key = this.#kept.get(body)?.key;
    const ids = new Set(agentIds);
    for (const [other, kept] of this.#kept) {
      if (kept.agentIds.some((id) => ids.has(id))) this.#kept.delete(other);
    }
    return key;
  }

  keep(body: string, kept: KeptRequest<Key>): void {
    this.#kept.set(body, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }
}
