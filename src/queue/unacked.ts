/**
 * Unacked actions: those that have had their effect, by lane, until their ack is stored. The lane goes
 * on meanwhile, as long as there are not too many.
 */

/**
 * Actions of one lane at most. Fewer than an agent's row remembers (`APPLIED_KEPT_MAX` in
 * supervisor/agent-record.ts), or a crash could have one applied twice.
 */
const UNACKED_MAX = 200;

export class Unacked {
  readonly #lanes = new Map<string, number>();
  readonly #laneOf = new Map<string, string>();
  /** Resolves with the next ack. */
  #acked = Promise.withResolvers<void>();

  add(lane: string, actionId: string): void {
    this.#laneOf.set(actionId, lane);
    this.#lanes.set(lane, (this.#lanes.get(lane) ?? 0) + 1);
  }

  /** The action is acked, or will be tried again. Ids that were not added are passed over. */
  remove(actionId: string): void {
    const lane = this.#laneOf.get(actionId);
    if (lane === undefined) return;
    this.#laneOf.delete(actionId);
    const left = (this.#lanes.get(lane) ?? 0) - 1;
    if (left > 0) this.#lanes.set(lane, left);
    else this.#lanes.delete(lane);
    this.#acked.resolve();
    this.#acked = Promise.withResolvers();
  }

  /** Resolves at once while the lane has few, else when enough of them are acked. */
  async room(lane: string): Promise<void> {
    while ((this.#lanes.get(lane) ?? 0) >= UNACKED_MAX) await this.#acked.promise;
  }
}
