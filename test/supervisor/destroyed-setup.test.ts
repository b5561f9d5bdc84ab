/** A destroy that arrives while an agent's setup runs, and what becomes of the agent's create. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { block } from "../support/break.ts";
import { Fleet } from "../support/fleet.ts";
import { beginSetup } from "../support/slow-setup.ts";
import { destroyAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
/** Longer than a test may take: whoever waits for it is found out. */
const NEVER_MS = 1_000_000;

test("a setup that ends within the grace of a destroy does not make its create done", async () => {
  await using fleet = await Fleet.start({ destroyTimeoutMs: NEVER_MS });
  const { agent, started, end } = await beginSetup(fleet, "waits");
  const destroyed = destroyAgent(fleet.supervisor, id, "action2");
  await until(() => agent.record.row.status === "stopping");
  await end();
  expect((await destroyed).rung).toBe("cooperative");
  await expect(started).rejects.toMatchObject({ code: "AGENT_START_STOPPED" });
  expect(await fleet.database.store.agents.find(id)).toMatchObject({
    status: "stopped",
    iteration: 0,
  });
});

test("a setup that has ended before a destroy makes its create done, though no row says so yet", async () => {
  await using fleet = await Fleet.start();
  const { agent, started, end } = await beginSetup(fleet, "waits");
  await fleet.database.status(id, "starting");
  const mend = await block(join(fleet.database.location, "agent_state.lance/_transactions"));
  await end();
  await until(() => agent.record.row.status === "running");
  const destroyed = destroyAgent(fleet.supervisor, id, "action2");
  await until(() => agent.record.row.status === "stopped");
  await mend();
  await Promise.all([destroyed, started]);
});
