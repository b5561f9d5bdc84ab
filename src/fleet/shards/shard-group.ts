/** Operations on all shards of a fleet, and what becomes of a shard that cannot be used. */

import type { TroupeError } from "../../model/errors.ts";
import type { ListPage, PageRequest } from "../../model/list-page.ts";
import type { Fleet } from "../fleet.ts";
import type { ListParts, MergedList } from "./merged-page.ts";
import { isFault, type ShardWay } from "./shard-way.ts";

type ReadShard<T> = (fleet: Fleet, page: PageRequest) => Promise<ListPage<T>>;

export class ShardGroup {
  readonly #ways: readonly ShardWay[];
  readonly #onUnreached: ((error: TroupeError) => void) | undefined;

  /** @param onUnreached receives the error of a shard that cannot be used; without it operations throw */
  constructor(ways: readonly ShardWay[], onUnreached: ((error: TroupeError) => void) | undefined) {
    this.#ways = ways;
    this.#onUnreached = onUnreached;
  }

  /** What was answered; a shard that cannot be used is reported, or the error is thrown. */
  async gather<R>(running: readonly Promise<R>[]): Promise<readonly R[]> {
    const ended = await Promise.allSettled(running);
    const errors = ended.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    const faults = this.#faults(ended.length);
    for (const error of errors) faults(error);
    return ended.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  }

  /** The parts that the shards have of a list. */
  parts<T>(read: ReadShard<T>): ListParts<T> {
    const parts = this.#ways.map(
      (way) => (page: PageRequest) => way.use((fleet) => read(fleet, page)),
    );
    const fault = this.#faults(this.#ways.length);
    return { parts, onFault: (_index, error) => fault(error) };
  }

  merged<T>(read: ReadShard<T>, compare: (a: T, b: T) => number): MergedList<T> {
    return { ...this.parts(read), compare };
  }

  /** For one operation on so many shards: reports a shard that cannot be used, unless none can. */
  #faults(shards: number): (error: unknown) => void {
    let failed = 0;
    return (error) => {
      failed += 1;
      if (this.#onUnreached === undefined || failed === shards || !isFault(error)) throw error;
      this.#onUnreached(error);
    };
  }
}
