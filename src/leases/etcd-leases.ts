/**
 * Leases in etcd: the key `<prefix>/<shard>` has the holder's name and belongs to an etcd lease, so that
 * etcd removes it when its holder no longer renews. A claim makes the key if it is not there, in one
 * transaction.
 *
 * Rejected: etcd's own lock service (`/v3/lock`), which queues its callers on one name; a process waits
 * here for any of many.
 */

import { type EtcdAccess, EtcdApi, type EtcdKv, fromBase64, toBase64 } from "./etcd-api.ts";
import type { EtcdPlace } from "./lease-url.ts";
import { answerMs, type Leases, type Standing } from "./leases.ts";

export class EtcdLeases implements Leases {
  readonly name: string;
  readonly ttlMs: number;
  readonly #prefix: string;
  readonly #holder: string;
  readonly #api: EtcdApi;
  /** The etcd lease of this process's key; undefined without one. */
  #leaseId: string | undefined;

  /** @param holder this process's name, which no other one has */
  constructor({ endpoints, prefix, ttlMs }: EtcdPlace, holder: string, access: EtcdAccess = {}) {
    this.ttlMs = ttlMs;
    this.#prefix = prefix;
    this.#holder = holder;
    this.#api = new EtcdApi(endpoints, access, answerMs({ ttlMs }));
    this.name = this.#api.name;
  }

  async find(shards: readonly number[]): Promise<readonly Standing[]> {
    const { kvs = [] } = await this.#api.call("/v3/kv/range", this.#range);
    const holders = new Map(kvs.map((kv) => [fromBase64(kv.key), holderOf(kv)]));
    return shards.map((shard) => {
      const holder = holders.get(this.#keyOf(shard));
      if (holder === undefined) return { shard, state: "free", holder };
      return { shard, state: holder === this.#holder ? "own" : "taken", holder };
    });
  }

  async claim(shard: number): Promise<boolean> {
    const TTL = String(this.ttlMs / 1_000);
    const { ID: lease } = await this.#api.call("/v3/lease/grant", { TTL });
    const key = toBase64(this.#keyOf(shard));
    const put = { request_put: { key, value: toBase64(this.#holder), lease } };
    const made = await this.#api.call("/v3/kv/txn", {
      compare: [{ key, target: "CREATE", create_revision: "0" }],
      success: [put],
      failure: [{ request_range: { key } }],
    });
    const found = made.responses?.[0]?.response_range?.kvs?.[0];
    let isTaken = made.succeeded === true;
    // Of a process that has ended, or of a claim of this one whose answer was lost.
    if (!isTaken && found !== undefined && holderOf(found) === this.#holder) {
      const { mod_revision } = found;
      const compare = [{ key, target: "MOD", mod_revision }];
      const replaced = await this.#api.call("/v3/kv/txn", { compare, success: [put] });
      isTaken = replaced.succeeded === true;
    }
    if (isTaken) this.#leaseId = lease;
    else await this.#revoke(lease);
    return isTaken;
  }

  async keep(shard: number): Promise<boolean> {
    const ID = this.#leaseId;
    if (ID === undefined) return false;
    const { result } = await this.#api.call("/v3/lease/keepalive", { ID });
    // Somebody may have removed the key by hand.
    const { kvs = [] } =
      result.TTL === undefined
        ? {}
        : await this.#api.call("/v3/kv/range", { key: toBase64(this.#keyOf(shard)) });
    return kvs.some(({ lease }) => lease === ID);
  }

  watch(signal: AbortSignal): Promise<void> {
    return this.#api.watchDeletes(this.#range, signal);
  }

  async release(_shard: number): Promise<void> {
    const lease = this.#leaseId;
    this.#leaseId = undefined;
    if (lease !== undefined) await this.#revoke(lease);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#api[Symbol.dispose]();
  }

  /** Removes the key with it. */
  async #revoke(ID: string): Promise<void> {
    await this.#api.call("/v3/lease/revoke", { ID }).catch(() => undefined);
  }

  #keyOf(shard: number): string {
    return `${this.#prefix}/${String(shard).padStart(4, "0")}`;
  }

  /** All keys below the prefix: from `/` to the character after it. */
  get #range() {
    return { key: toBase64(`${this.#prefix}/`), range_end: toBase64(`${this.#prefix}0`) };
  }
}

function holderOf({ value = "" }: EtcdKv): string {
  return fromBase64(value);
}
