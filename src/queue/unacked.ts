/**
 * Unacked actions: those that have had their effect, by lane, until their ack is stored. The lane goes
 * on meanwhile, as long as there are not too many.
 */

/**
 * Actions of one lane at most: each so many of them wait for a commit of the agent's row and one of
 * their acks. Fewer than an agent's row remembers (`APPLIED_KEPT_MAX` in
 * supervisor/agent-record.ts), or a crash could have one applied twice.
 */
const UNACKED_MAX = 200;

export class Unacked {
  readonly #lanes = new Map<string, Set<string>>();
  readonly #laneOf = new Map<string, string>();
  /** Resolves with the next ack. */
  #acked = Promise.withResolvers<void>();

  add(lane: string, actionId: string): void {
    this.#laneOf.set(actionId, lane);
    const ids = this.#lanes.get(lane) ?? new Set();
    this.#lanes.set(lane, ids.add(actionId));
  }

  /** The action is acked, or will be tried again. Ids that were not added are passed over. */
  remove(actionId: string): void {
    const lane = this.#laneOf.get(actionId);
    if (lane === undefined) return;
    this.#laneOf.delete(actionId);
    const ids = this.#lanes.get(lane);
    ids?.delete(actionId);
    if (ids?.size === 0) this.#lanes.delete(lane);
    this.#acked.resolve();
    this.#acked = Promise.withResolvers();
  }

  /** Those of one lane. */
  of(lane: string): Iterable<string> {
    return this.#lanes.get(lane) ?? [];
  }

  /** Resolves at once while the lane has few, else when enough of them are acked. */
  async room(lane: string): Promise<void> {
    while ((this.#lanes.get(lane)?.size ?? 0) >= UNACKED_MAX) await this.#acked.promise;
  }
}
