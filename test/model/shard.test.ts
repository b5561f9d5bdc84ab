/** Where an agent is: the checksum against that of zlib, and the texts of shards. */

import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32 } from "../../src/model/crc32.ts";
import {
  hasAgent,
  parseShard,
  SHARDS_MAX,
  shardLocation,
  shardOf,
  shardText,
} from "../../src/model/shard.ts";

/** Of Python 3: `zlib.crc32(text.encode())`. */
const vectors: readonly (readonly [string, number])[] = [
  ["", 0],
  ["a", 3_904_355_907],
  ["agent1", 222_596_050],
  ["123456789", 3_421_780_262],
  ["user:42@example.com", 4_089_874_072],
  ["Z".repeat(128), 1_844_325_736],
  ["größe", 1_540_598_153],
  ["🙂", 4_065_912_105],
];

test("the checksum is that of Python's zlib", () => {
  expect(vectors.map(([text]) => [text, crc32(text)])).toEqual(vectors);
});

test("the checksum is that of Node's zlib, for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(crc32(text)).toBe(zlibCrc32(text));
    }),
  );
});

test("every agent is in exactly one shard", () => {
  const count = fc.integer({ min: 1, max: SHARDS_MAX });
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), count, (agentId, shards) => {
      const index = shardOf(agentId, shards);
      expect(index).toBeGreaterThanOrEqual(0);
      expect(index).toBeLessThan(shards);
      expect(hasAgent({ index, count: shards }, agentId)).toBe(true);
      expect(shards > 1 && hasAgent({ index: (index + 1) % shards, count: shards }, agentId)).toBe(
        false,
      );
    }),
  );
});

test.each(["0/1", "3/8", "4095/4096"])("%s is a shard", (text) => {
  const shard = parseShard(text);
  expect(shard && shardText(shard)).toBe(text);
});

test.each(["", "3", "8/8", "9/8", "0/0", "-1/8", "3/4097", "3/8/2", "a/8", "3 / 8", "1.0/2"])(
  "%j is not a shard",
  (text) => {
    expect(parseShard(text)).toBeUndefined();
  },
);

test.each([
  ["/data/fleet", "/data/fleet/0017"],
  ["/data/fleet/", "/data/fleet/0017"],
  ["/data/fleet//", "/data/fleet/0017"],
  ["s3://bucket/fleet", "s3://bucket/fleet/0017"],
  ["s3://bucket/fleet/?region=eu", "s3://bucket/fleet/0017?region=eu"],
  ["s3+ddb://bucket/fleet?ddbTableName=t", "s3+ddb://bucket/fleet/0017?ddbTableName=t"],
  ["/data/what?", "/data/what?/0017"],
])("below %s a shard is at %s", (root, location) => {
  expect(shardLocation(root, 17)).toBe(location);
});
