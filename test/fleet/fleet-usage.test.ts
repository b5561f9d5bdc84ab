/** What a fleet's agents have spent: the same through its server, its tables, and the servers of its shards. */

import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { connect, openQueue } from "../../src/index.ts";
import { tokensOf } from "../../src/model/usage-sums.ts";
import { Control } from "../support/control.ts";
import { until } from "../support/until.ts";

const ways = ["server", "tables", "shards"] as const;
let controls: readonly Control[];
let fleets: Readonly<Record<(typeof ways)[number], Fleet>>;

beforeAll(async () => {
  const token = "the-token-of-both-shards";
  const shardOf = (shard: string) => Control.start({ flags: { shard, token } });
  const alone = await Control.start();
  const shards = [await shardOf("0/2"), await shardOf("1/2")];
  controls = [alone, ...shards];
  const fleet = `${alone.folder}/fleet.json`;
  const addresses = shards.map(({ troupe }) => troupe.server.url);
  await writeFile(fleet, JSON.stringify({ shards: 2, addresses }));
  const { url, token: own } = alone.troupe.server;
  fleets = {
    server: connect(url, { token: own }),
    tables: await openQueue(`${alone.folder}/data/troupe`),
    shards: connect({ fleet, token }),
  };
});
afterAll(async () => {
  await fleets.tables.close();
  await Promise.all(controls.map((control) => control.close()));
});

const WAIT_MS = 30_000;
const config = { interval_ms: 20 };
const end = async (fleet: Fleet, id: Promise<string>) => fleet.actionWait(await id, WAIT_MS);

test.each(ways)("the usage through the %s sums what agents have spent, most first", async (way) => {
  const fleet = fleets[way];
  const id = `${way}-spender`;
  await end(fleet, fleet.agentCreate(id, "ann", { config }));
  // Of the joke model, which is offline and reports its tokens.
  await until(async () => ((await fleet.agentFind(id))?.spent?.output_tokens ?? 0) > 0);
  await end(fleet, fleet.agentDestroy(id, "ann"));
  const found = await fleet.agentFind(id);
  const usage = await until(async () => {
    const read = await fleet.usage({ period: "ever", limit: 1_000 });
    const mine = read.agents.find(({ name }) => name === id);
    return mine?.ever.output_tokens === found?.spent?.output_tokens ? read : undefined;
  });
  const sum = (items: typeof usage.agents) =>
    items.reduce((total, { ever }) => total + ever.output_tokens, 0);
  expect(sum(usage.agents)).toBe(usage.total.ever.output_tokens);
  expect(sum(usage.types)).toBe(usage.total.ever.output_tokens);
  expect(sum(usage.models)).toBe(usage.total.ever.output_tokens);
  expect(usage.total.ever.cost_usd).toBeNull();
  const [top, next] = usage.agents;
  expect(top?.ever.output_tokens).toBeGreaterThan(0);
  if (next !== undefined)
    expect(top && tokensOf(top.ever)).toBeGreaterThanOrEqual(tokensOf(next.ever));
  const one = await fleet.usage({ period: "ever", limit: 1 });
  expect(one.agents.map(({ name }) => name)).toEqual([top?.name]);
  expect(one.others.agents).toBe(usage.agents.length - 1);
});
