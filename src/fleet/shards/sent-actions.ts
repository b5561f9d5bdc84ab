/** Remembers the shards of actions that were sent from here, because an action's id does not name its agent. */

/** Actions that are remembered; the oldest are forgotten, and searched for in all shards then. */
const ACTIONS_MAX = 20_000;

export class SentActions {
  readonly #shards = new Map<string, readonly number[]>();

  add(actionId: string, shard: number): void {
    const known = this.shardsOf(actionId);
    if (known.includes(shard)) return;
    this.#shards.set(actionId, [...known, shard]);
    if (this.#shards.size <= ACTIONS_MAX) return;
    const [oldest] = this.#shards.keys();
    if (oldest !== undefined) this.#shards.delete(oldest);
  }

  /** Empty for an action that is not known here. */
  shardsOf(actionId: string): readonly number[] {
    return this.#shards.get(actionId) ?? [];
  }
}
