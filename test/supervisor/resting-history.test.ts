/** The history of an agent is packed while the agent rests, in this process and the next, and stays whole. */

import { expect, test } from "vitest";
import { viewAgent } from "../../src/model/agent-view.ts";
import { newActionId, parseAgentId } from "../../src/model/ids.ts";
import type { ManagedAgent } from "../../src/supervisor/managed-agent.ts";
import { Fleet } from "../support/fleet.ts";
import { startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
/** As many as make a text that is worth packing. */
const STEPS = 8;

function historyOf({ record }: ManagedAgent) {
  return record.row.history;
}

async function step(agent: ManagedAgent, n: number): Promise<void> {
  const guidance = { action_id: `action${n}`, guidance: { n }, at: Date.now() };
  await agent.interrupt(guidance, "next");
  await until(() => agent.record.row.iteration === n && agent.rest.isResting);
}

test("an agent that rests has its history packed, and its next steps continue it", async () => {
  await using fleet = await Fleet.start({ idleMs: 10 });
  const { supervisor, database } = fleet;
  const seed = { agentType: "waiter", subject: null, config: { next: "guidance" } };
  await startAgent(supervisor, id, seed, newActionId());
  const agent = supervisor.find(id) as ManagedAgent;
  await until(() => agent.rest.isResting);
  for (let n = 2; n <= STEPS; n += 1) await step(agent, n);
  expect(historyOf(agent).isPacked).toBe(true);
  const iterations = Array.from({ length: STEPS }, (_, n) => n + 1);
  expect(historyOf(agent).entries.map(({ iteration }) => iteration)).toEqual(iterations);

  await agent.pause(newActionId());
  const stored = await database.status(id, "paused");
  expect(stored.history).toEqual(historyOf(agent));
  expect(viewAgent(agent.record.row).history).toEqual(viewAgent(stored).history);
  await agent.resume(newActionId());
  await supervisor.suspendAll();

  const next = fleet.nextSupervisor();
  await next.rehydrate(await database.store.agents.loadAlive());
  const again = next.find(id) as ManagedAgent;
  expect(historyOf(again).isPacked).toBe(true);
  expect(historyOf(again)).toEqual(stored.history);
  await step(again, STEPS + 1);
  expect(historyOf(again).isPacked).toBe(true);
  const { entries } = (await database.agent(id, ({ iteration }) => iteration > STEPS)).history;
  expect(entries.slice(0, STEPS)).toEqual(stored.history.entries);
  expect(entries).toHaveLength(STEPS + 1);
  await next.suspendAll();
});
