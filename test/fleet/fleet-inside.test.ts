/** A look inside an agent's thread: through its server and those of shards, and what the tables can show. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { FleetWays, wayNames } from "../support/fleet-ways.ts";
import { refusal } from "../support/refusal.ts";

let ways: FleetWays;
beforeAll(async () => {
  ways = await FleetWays.start();
});
afterAll(() => ways[Symbol.asyncDispose]());

const WAIT_MS = 30_000;

test.each(wayNames)("an agent is looked into through the %s, as far as that can", async (way) => {
  const fleet = ways.fleets[way];
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
