/** A look inside an agent's thread: through its server and those of shards, and what the tables can show. */

import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { connect, openQueue } from "../../src/index.ts";
import { Control } from "../support/control.ts";
import { refusal } from "../support/refusal.ts";

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

test.each(ways)("an agent is looked into through the %s, as far as that can", async (way) => {
  const fleet = fleets[way];
  const agentId = `${way}-inside`;
  const made = await fleet.agentCreate(agentId, "ann", { config: { interval_ms: 20 } });
  await fleet.actionWait(made, WAIT_MS);
  expect(await fleet.inside(agentId, "mailbox")).toEqual({ items: [], next_cursor: null });
  expect(await refusal(fleet.inside(`${way}-nobody`, "stack"))).toBe("AGENT_UNKNOWN");
  if (way === "tables") {
    expect(await refusal(fleet.inside(agentId, "stack"))).toBe("SERVER_UNREACHABLE");
    return;
  }
  expect(await fleet.inside(agentId, "stack")).toMatchObject({ agent_id: agentId });
  const { nodes } = await fleet.inside(agentId, "cpu-profile", { seconds: 0.1 });
  expect(nodes.length).toBeGreaterThan(0);
  expect((await fleet.inside(agentId, "logs", { limit: 5 })).next_cursor).toBeNull();
});
