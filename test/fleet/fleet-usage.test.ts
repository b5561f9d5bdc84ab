/** What a fleet's agents have spent: the same through its server, its tables, and the servers of its shards. */

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { tokensOf } from "../../src/model/usage-sums.ts";
import { FleetWays, wayNames } from "../support/fleet-ways.ts";
import { until } from "../support/until.ts";

let ways: FleetWays;
beforeAll(async () => {
  ways = await FleetWays.start();
});
afterAll(() => ways[Symbol.asyncDispose]());

const WAIT_MS = 30_000;
const config = { interval_ms: 20 };
const end = async (fleet: Fleet, id: Promise<string>) => fleet.actionWait(await id, WAIT_MS);

test.each(wayNames)(
  "the usage through the %s sums what agents have spent, most first",
  async (way) => {
    const fleet = ways.fleets[way];
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
  },
);
