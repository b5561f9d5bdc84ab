/** The pages of other shards. */

import { expect, test } from "vitest";
import { elsewhere, shardPages } from "../../src/dashboard/state/shards.ts";
import { shardOf } from "../../src/model/shard.ts";

const addresses = ["http://troupe-0:7878", "https://troupe.example.com/one"];

test("another shard's page has the same place", () => {
  expect(shardPages({ index: 0, count: 2, addresses }, "#/queue")).toEqual([
    { index: 0, url: "http://troupe-0:7878/#/queue" },
    { index: 1, url: "https://troupe.example.com/one/#/queue" },
  ]);
});

test("an agent of another shard has its page there; one of this shard, or of no fleet, has none", () => {
  const index = shardOf("user:42", 2);
  const shard = { index: 1 - index, count: 2, addresses };
  expect(elsewhere(shard, "user:42")).toEqual({
    index,
    url: `${addresses[index]}/#/agents/user%3A42`,
  });
  expect(elsewhere({ ...shard, index }, "user:42")).toBeUndefined();
  expect(elsewhere({ ...shard, addresses: null }, "user:42")).toEqual({ index, url: undefined });
  expect(elsewhere(null, "user:42")).toBeUndefined();
});
