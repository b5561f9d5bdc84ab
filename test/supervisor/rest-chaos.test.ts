/** An agent that rests at every opportunity, and is steered at random moments: nothing is lost. */

import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { newActionId, parseAgentId } from "../../src/model/ids.ts";
import type { ManagedAgent } from "../../src/supervisor/managed-agent.ts";
import { chanceOf } from "../support/chance.ts";
import { Fleet } from "../support/fleet.ts";
import { useSeed } from "../support/seed.ts";
import { startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
const VERBS = 80;

interface Row {
  readonly context: string;
}

const seenBy = ({ context }: Row) => (JSON.parse(context) as { seen: number[] }).seen;

test("guidance, pauses, resumes and restarts meet a thread that comes or goes", async () => {
  const chance = chanceOf(useSeed());
  await using fleet = await Fleet.start({ idleMs: 10 });
  const { supervisor, database } = fleet;
  const seed = { agentType: "waiter", subject: null, config: { next: "guidance" } };
  await startAgent(supervisor, id, seed, newActionId());
  const agent = supervisor.find(id) as ManagedAgent;
  const sent: number[] = [];
  const ended: Promise<unknown>[] = [];
  let isPaused = false;
  for (let turn = 1; turn <= VERBS; turn += 1) {
    const pick = chance();
    if (pick < 0.5) {
      sent.push(turn);
      const guidance = { action_id: `action${turn}`, guidance: { n: turn }, at: Date.now() };
      ended.push(agent.interrupt(guidance, "next"));
    } else if (pick < 0.7) {
      ended.push(agent.pause(newActionId()));
      isPaused = true;
    } else if (pick < 0.95) {
      ended.push(agent.resume(newActionId()));
      isPaused = false;
    } else {
      ended.push(agent.restart(newActionId(), { graceMs: 5_000, abortAfterMs: 5_000 }));
    }
    // Some verbs come together, some while the thread starts, ends, or is gone.
    if (chance() < 0.7) await delay(chance() * 60);
    if (chance() < 0.2) await until(() => agent.rest.isResting);
    expect(agent.record.row.paused).toBe(isPaused);
  }
  await Promise.all(ended);
  if (isPaused) await database.status(id, "paused");
  await agent.resume(newActionId());
  const row = await database.agent(id, (each) => seenBy(each).length === sent.length);
  expect(seenBy(row)).toEqual(sent);
  await until(() => agent.rest.isResting);
  expect(agent.record.row).toMatchObject({
    status: "running",
    restarts: 0,
    last_error: null,
    pending_guidance: [],
  });
  const iterations = (await database.steps(id)).map(({ iteration }) => iteration);
  expect(iterations).toEqual(iterations.map((_, n) => n + 1));
});
