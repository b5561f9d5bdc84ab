/** The shard of this page's server, and the pages of the others. Pure. */

import type { About } from "../../model/agent-view.ts";
import { shardOf } from "../../model/shard.ts";
import { hashOf } from "./route.ts";

/** A shard of the fleet, with the address of its page if that is known. */
export interface ShardPage {
  readonly index: number;
  readonly url: string | undefined;
}

export type OwnShard = NonNullable<About["shard"]>;

/** The pages of all shards at the same place. @param hash the place, as in the address */
export function shardPages({ count, addresses }: OwnShard, hash: string): readonly ShardPage[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    url: addresses?.[index] === undefined ? undefined : `${addresses[index]}/${hash}`,
  }));
}

/** The shard that has the agent, if it is another one, with the agent's page there. */
export function elsewhere(
  shard: OwnShard | null | undefined,
  agentId: string,
): ShardPage | undefined {
  if (shard == null) return undefined;
  const index = shardOf(agentId, shard.count);
  if (index === shard.index) return undefined;
  return shardPages(shard, hashOf({ page: "agent", id: agentId }))[index];
}
