/** More agents than may have a thread at once. */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newActionId, parseAgentId } from "../../src/model/ids.ts";
import { Fleet } from "../support/fleet.ts";
import { destroyAgent, startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
/** Longer than any test. */
const LATER_MS = 3_600_000;

const guidance = (n: number) => ({ action_id: `action${n}`, guidance: { n }, at: Date.now() });

describe("agents beyond TROUPE_HOT_MAX", () => {
  const hotMax = 2;
  const ids = Array.from({ length: 7 }, (_, n) => parseAgentId(`agent${n}`));

  async function startAll(config: Readonly<Record<string, unknown>>): Promise<Fleet> {
    const fleet = await Fleet.start({ hotMax });
    const seed = { agentType: "ledger", subject: null, config };
    await Promise.all(ids.map((each) => startAgent(fleet.supervisor, each, seed, newActionId())));
    return fleet;
  }

  const hot = ({ supervisor: { agents } }: Fleet) =>
    [...agents.values()].filter(({ child }) => child !== undefined).length;

  test("take turns: each takes its steps, and no more have a thread", async () => {
    await using fleet = await startAll({ interval_ms: 50 });
    let most = 0;
    await until(async () => {
      most = Math.max(most, hot(fleet));
      const { items } = await fleet.database.store.agents.list({ limit: 100 });
      return items.every(({ iteration, status }) => iteration >= 3 && status === "running");
    });
    expect(most).toBe(hotMax);
    for (const id of ids) {
      const row = await fleet.database.agent(id, ({ iteration }) => iteration >= 3);
      expect(row).toMatchObject({ status: "running", restarts: 0, last_error: null });
    }
  });

  test("get a thread for guidance while the others are idle", async () => {
    await using fleet = await startAll({ interval_ms: LATER_MS });
    for (const [n, id] of ids.entries()) {
      await fleet.supervisor.find(id)?.interrupt(guidance(n), "next");
    }
    for (const [n, id] of ids.entries()) {
      await fleet.database.agent(id, ({ context }) => context === `{"seen":[${n}]}`);
    }
    expect(hot(fleet)).toBeLessThanOrEqual(hotMax);
  });

  test("are paused and destroyed while they wait for their turn", async () => {
    await using fleet = await Fleet.start({ hotMax: 1 });
    const { supervisor, database } = fleet;
    const mark = join(database.folder, "mark");
    const stubborn = { agentType: "stubborn", subject: null, config: { mark } };
    await startAgent(supervisor, parseAgentId("holder"), stubborn, newActionId());
    const seed = { agentType: "ledger", subject: null, config: { interval_ms: 10 } };
    const { started } = await supervisor.begin(id, seed, newActionId());
    const refused = expect(started).rejects.toMatchObject({ code: "AGENT_START_STOPPED" });
    await supervisor.find(id)?.pause(newActionId());
    expect(await database.agent(id, ({ paused }) => paused)).toMatchObject({ iteration: 0 });
    await destroyAgent(supervisor, id, newActionId());
    await refused;
    expect(await database.status(id, "stopped")).toMatchObject({ iteration: 0 });
  });
});
