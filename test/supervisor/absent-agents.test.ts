/** Actions on agents that an earlier process has left, that have ended, or that were never created. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { block } from "../support/break.ts";
import { Fleet } from "../support/fleet.ts";
import { destroyAgent, startAgent } from "../support/supervised-agents.ts";

const id = parseAgentId("agent1");
const seed = { agentType: "ledger", subject: "cats", config: { interval_ms: 10 } };
const guidance = { action_id: "interrupt", guidance: { n: 7 }, at: 1_000 };

test("guidance that an earlier process accepted is used by an agent that runs", async () => {
  await using fleet = await Fleet.start();
  await startAgent(fleet.supervisor, id, seed, "create");
  await (await fleet.supervisor.restoreGuidance(id, guidance)).stored;
  const row = await fleet.database.agent(id, ({ context }) => context?.includes("7") === true);
  expect(row.pending_guidance).toEqual([]);
  expect(row.applied_actions).toContain("interrupt");
});

test("guidance of an earlier process reaches an agent in its order while no row can be stored", async () => {
  await using fleet = await Fleet.start();
  await startAgent(fleet.supervisor, id, seed, "create");
  await fleet.supervisor.find(id)?.pause("pause");
  await fleet.database.status(id, "paused");
  const mend = await block(join(fleet.database.location, "agent_state.lance/_transactions"));
  const stored: Promise<void>[] = [];
  for (const n of [1, 2, 3]) {
    const one = { action_id: `interrupt${n}`, guidance: { n }, at: 1_000 };
    stored.push((await fleet.supervisor.restoreGuidance(id, one)).stored);
  }
  await mend();
  await Promise.all(stored);
  const { pending_guidance: waiting } = await fleet.database.status(id, "paused");
  expect(waiting.map(({ guidance }) => guidance["n"])).toEqual([1, 2, 3]);
});

test("guidance that an earlier process accepted waits in the row of an agent that has ended since", async () => {
  await using fleet = await Fleet.start();
  await startAgent(fleet.supervisor, id, seed, "create");
  await destroyAgent(fleet.supervisor, id, "destroy");
  await fleet.supervisor.restoreGuidance(id, guidance);
  expect(await fleet.database.store.agents.find(id)).toMatchObject({
    status: "stopped",
    pending_guidance: [guidance],
  });
  expect(fleet.supervisor.agents.size).toBe(0);
  const unknown = fleet.supervisor.restoreGuidance(parseAgentId("nobody"), guidance);
  await expect(unknown).rejects.toMatchObject({ code: "AGENT_UNKNOWN" });
});

test("an agent whose create was withdrawn by a destroy is stored as stopped, and has never run", async () => {
  await using fleet = await Fleet.start();
  const { receipt, stored } = await fleet.supervisor.destroyUnborn(id, seed, "destroy");
  await stored;
  expect(receipt.rung).toBe("none");
  expect(await fleet.database.store.agents.find(id)).toMatchObject({
    status: "stopped",
    iteration: 0,
    current_subject: "cats",
    applied_actions: ["destroy"],
    exit_reason: { reason: "destroyed", rung: "none", note: "destroyed before it was created" },
  });
  expect(fleet.supervisor.agents.size).toBe(0);
});
