import { expect, test } from "vitest";
import { shardOf } from "../../src/model/shard.ts";
import { checkAgent, checkAgents } from "../../src/model/shard-door.ts";

const names = Array.from({ length: 400 }, (_, n) => `agent${n}`);
const own = names.filter((name) => shardOf(name, 2) === 1);
const others = names.filter((name) => shardOf(name, 2) === 0);
const [here = "", there = ""] = [own[0], others[0]];
const door = { shard: { index: 1, count: 2 } };
const known = { ...door, addresses: ["http://a", "http://b"] };

test("a fleet without shards, and the right shard, let every agent in", () => {
  expect(() => checkAgent(undefined, there)).not.toThrow();
  expect(() => checkAgents(undefined, [there])).not.toThrow();
  expect(() => checkAgent(door, here)).not.toThrow();
  expect(() => checkAgents(door, [...own, undefined])).not.toThrow();
});

test("an agent of another shard is refused, with the right one and its address if that is known", () => {
  const details = { agent_id: there, shard: 0, shards: 2 };
  expect(() => checkAgent(door, there)).toThrow(
    expect.objectContaining({
      code: "SHARD_MISDIRECTED",
      message: `agent ${there} is in shard 0 of 2; this is shard 1`,
      details,
    }),
  );
  for (const check of [() => checkAgent(known, there), () => checkAgents(known, [there])]) {
    expect(check).toThrow(
      expect.objectContaining({
        message: `agent ${there} is in shard 0 of 2, at http://a; this is shard 1`,
        details: { ...details, address: "http://a" },
      }),
    );
  }
});

test("of many actions the misplaced ones are counted, and the first hundred listed by position", () => {
  expect(() => checkAgents(door, [undefined, here, there, here, there])).toThrow(
    expect.objectContaining({
      message: `agent ${there} is in shard 0 of 2; this is shard 1 (actions for other shards: 2 of 5)`,
      details: { agent_id: there, shard: 0, shards: 2, positions: [2, 4] },
    }),
  );
  const many = others.slice(0, 101);
  expect(many).toHaveLength(101);
  expect(() => checkAgents(door, many)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/101 of 101\)$/),
      details: expect.objectContaining({ positions: [...many.keys()].slice(0, 100) }),
    }),
  );
});
