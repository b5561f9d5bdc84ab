/**
 * `fleet.json`: how many shards a fleet has, and the addresses of their servers. It has no secrets. Pure.
 */

import { excerpt } from "./ids.ts";
import { findJsonFault } from "./json-bounds.ts";
import { findTextLoss } from "./json-text-loss.ts";
import { isObject, parseJson } from "./parse-json.ts";
import { isShardCount, SHARDS_MAX } from "./shard.ts";

/** A `fleet.json` that is valid in itself. */
export interface FleetFile {
  /** The number of shards. It is chosen once: an agent's shard depends on it. */
  readonly shards: number;
  /**
   * The servers' addresses by shard, with one for each; undefined if the file has none. Clients then find
   * each server by its database.
   */
  readonly addresses: readonly string[] | undefined;
}

/** The part of the template `address` that the shard's index replaces. */
const PLACEHOLDER = "{shard}";

const fields: readonly string[] = ["shards", "address", "addresses"];

/** @returns the file, or what is wrong with it */
export function parseFleetFile(text: string): FleetFile | { readonly problem: string } {
  const file = parseJson(text);
  if (!isObject(file)) return { problem: 'must be a JSON object such as {"shards": 8}' };
  const fault = findJsonFault(file, "the file") ?? findTextLoss(text, file, "the file");
  if (fault !== undefined) return { problem: fault };
  const unknown = Object.keys(file).find((name) => !fields.includes(name));
  if (unknown !== undefined) {
    return { problem: `has no field ${excerpt(unknown)}; its fields are ${fields.join(", ")}` };
  }
  const { shards, address, addresses } = file;
  if (!isShardCount(shards)) {
    return {
      problem: `shards must be a whole number from 1 to ${SHARDS_MAX}, got ${excerpt(shards)}`,
    };
  }
  if (address !== undefined && addresses !== undefined) {
    return { problem: "must have address or addresses, not both" };
  }
  const problem = findAddressProblem(address, addresses, shards);
  if (problem !== undefined) return { problem };
  return { shards, addresses: addressesOf(address, addresses, shards) };
}

function findAddressProblem(address: unknown, addresses: unknown, shards: number) {
  if (address !== undefined && !(isAddress(address) && address.includes(PLACEHOLDER))) {
    return `address must be an http or https URL with ${PLACEHOLDER} in it, such as "http://troupe-${PLACEHOLDER}.troupe:7878", got ${excerpt(address)}`;
  }
  if (addresses === undefined) return undefined;
  if (!Array.isArray(addresses) || addresses.length !== shards) {
    const got = Array.isArray(addresses) ? `${addresses.length}` : excerpt(addresses);
    return `addresses must be a list of ${shards} URLs, one for each shard, got ${got}`;
  }
  const wrong = addresses.findIndex((one) => !isAddress(one));
  if (wrong === -1) return undefined;
  return `addresses.${wrong} must be an http or https URL without a user name or a query, got ${excerpt(addresses[wrong])}`;
}

function addressesOf(address: unknown, addresses: unknown, shards: number) {
  if (typeof address === "string") {
    return Array.from({ length: shards }, (_, index) =>
      address.replaceAll(PLACEHOLDER, String(index)),
    );
  }
  return addresses as readonly string[] | undefined;
}

/** Neither a user name nor a query, which could have a token. The rest is checked when a client connects. */
function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:\/\/[^\s@?#]{1,2000}$/i.test(value);
}
