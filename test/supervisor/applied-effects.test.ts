/** Actions that are handed over again: their effect is there already, stored or not. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { block } from "../support/break.ts";
import { Fleet } from "../support/fleet.ts";
import { startAgent } from "../support/supervised-agents.ts";

const id = parseAgentId("agent1");

test("an effect that the table has needs no further commit, and another is known before it is stored", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  const seed = { agentType: "ledger", subject: null, config: { interval_ms: 3_600_000 } };
  await startAgent(supervisor, id, seed, "action1");
  const first = await database.agent(id, ({ iteration }) => iteration === 1);
  expect(first.applied_actions).toContain("action1");
  const { commits } = database.store;
  await (await supervisor.findApplied(id, "action1"))?.stored;
  expect(database.store.commits).toEqual(commits);
  const mend = await block(join(database.location, "agent_state.lance/_transactions"));
  void supervisor.find(id)?.pause("action2");
  const applied = await supervisor.findApplied(id, "action2");
  await mend();
  await applied?.stored;
  expect(await database.store.agents.find(id)).toMatchObject({ paused: true });
});
