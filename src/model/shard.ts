/**
 * A shard: one database of a fleet that has several, each with its own process. An agent is in the
 * shard that its id gives, so every program can compute where an agent is. Pure.
 */

import { crc32 } from "./crc32.ts";

/** One shard of a fleet. */
export interface Shard {
  /** From 0 to `count` - 1. */
  readonly index: number;
  /** The number of shards of the fleet, which never changes. */
  readonly count: number;
}

/** Most shards of a fleet: their folders have four digits, and clients open a connection to each. */
export const SHARDS_MAX = 4_096;

/** How a shard is written, for messages. */
export const SHARD_EXPECTED = `i/S, shard i of S, with S from 1 to ${SHARDS_MAX} and i from 0 to S-1, such as 3/8`;

/** Parses `3/8`; undefined for anything that is not a shard. */
export function parseShard(text: string): Shard | undefined {
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  return isShardCount(shard.count) && shard.index < shard.count ? shard : undefined;
}

export function isShardCount(count: unknown): count is number {
  return typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= SHARDS_MAX;
}

/** `3/8`, as {@link parseShard} takes it. */
export function shardText({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/** The index of the shard that has the agent: the checksum of its id modulo the number of shards. */
export function shardOf(agentId: string, count: number): number {
  return crc32(agentId) % count;
}

export function hasAgent({ index, count }: Shard, agentId: string): boolean {
  return shardOf(agentId, count) === index;
}

/** The name of a shard's folder below the fleet's root: four digits. */
export function shardFolder(index: number): string {
  return String(index).padStart(4, "0");
}

/**
 * The database of a shard, as a folder or URI.
 * @param root the fleet's root: a folder, or a URI, whose query is kept
 */
export function shardLocation(root: string, index: number): string {
  const [, place = root, query = ""] = /^([a-z][a-z0-9+.-]*:\/\/[^?#]*)(.*)$/is.exec(root) ?? [];
  return `${place.replace(/[/\\]+$/, "")}/${shardFolder(index)}${query}`;
}
