/** Agents that rest: they give their thread back and get one again, and lose nothing in between. */

import { describe, expect, test } from "vitest";
import type { NextStep } from "../../src/agents/define-agent.ts";
import type { AgentRow } from "../../src/model/agent.ts";
import { newActionId, parseAgentId } from "../../src/model/ids.ts";
import { defaultTypeSettings } from "../../src/model/type-settings.ts";
import type { ManagedAgent } from "../../src/supervisor/managed-agent.ts";
import { Fleet, type FleetOptions } from "../support/fleet.ts";
import { destroyAgent, startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
const IDLE_MS = 40;
/** Longer than any test. */
const LATER_MS = 3_600_000;

interface Started {
  readonly fleet: Fleet;
  readonly agent: ManagedAgent;
}

async function start(next: NextStep, options: FleetOptions = {}): Promise<Started> {
  const fleet = await Fleet.start({ idleMs: IDLE_MS, ...options });
  const seed = { agentType: "waiter", subject: null, config: { next } };
  await startAgent(fleet.supervisor, id, seed, newActionId());
  const agent = fleet.supervisor.find(id);
  if (agent === undefined) throw new Error("it is not managed");
  return { fleet, agent };
}

const guidance = (n: number) => ({ action_id: `action${n}`, guidance: { n }, at: Date.now() });

function rested({ rest, child }: ManagedAgent): boolean {
  return rest.isResting && child === undefined;
}

/** The agent's row, once the table has `iteration`, and the status that follows the steps. */
function stepped(fleet: Fleet, iteration: number): Promise<AgentRow> {
  const hasStepped = (row: AgentRow) => row.iteration >= iteration && row.status !== "starting";
  return fleet.database.agent(id, hasStepped);
}

describe("an agent that waits for guidance", () => {
  test("rests with the status it had, and wakes for guidance", async () => {
    const { fleet, agent } = await start("guidance");
    await using _fleet = fleet;
    await until(() => rested(agent));
    const before = await stepped(fleet, 1);
    expect(before).toMatchObject({ status: "running", generation: 1, exit_reason: null });
    await agent.interrupt(guidance(7), "next");
    const after = await stepped(fleet, 2);
    expect(after).toMatchObject({
      status: "running",
      iteration: 2,
      generation: 2,
      context: '{"seen":[7]}',
      pending_guidance: [],
      restarts: 0,
    });
    await until(() => rested(agent));
    expect(fleet.heard.filter(({ type }) => type === "agent.status").length).toBeLessThanOrEqual(2);
  });

  test("loses none of the guidance that comes while it goes to rest", async () => {
    const { fleet, agent } = await start("guidance", { idleMs: 10 });
    await using _fleet = fleet;
    const sent: number[] = [];
    for (let n = 1; n <= 20; n += 1) {
      sent.push(n);
      await agent.interrupt(guidance(n), "next");
      // As long as it takes to go to rest, more or less.
      if (n % 2 === 0) await until(() => agent.child === undefined || agent.rest.isResting);
    }
    const row = await fleet.database.agent(
      id,
      ({ context }) => (JSON.parse(context) as { seen: number[] }).seen.length === sent.length,
    );
    expect(JSON.parse(row.context)).toEqual({ seen: sent });
    expect(row).toMatchObject({ status: "running", restarts: 0, last_error: null });
    const steps = await fleet.database.steps(id);
    expect(new Set(steps.map(({ iteration }) => iteration)).size).toBe(steps.length);
  });

  test("is paused and resumed without a thread, and keeps guidance meanwhile", async () => {
    const { fleet, agent } = await start("guidance");
    await using _fleet = fleet;
    await until(() => rested(agent));
    await agent.pause(newActionId());
    expect(agent.record.row).toMatchObject({ status: "paused", paused: true });
    await agent.resume(newActionId());
    expect(agent.record.row).toMatchObject({ status: "running", paused: false, generation: 1 });
    await agent.pause(newActionId());
    await agent.interrupt(guidance(7), "next");
    expect(rested(agent)).toBe(true);
    expect(await fleet.database.status(id, "paused")).toMatchObject({ iteration: 1 });
    await agent.resume(newActionId());
    expect(await stepped(fleet, 2)).toMatchObject({ status: "running", context: '{"seen":[7]}' });
  });

  test("is counted with its status at each moment, and not among those awake", async () => {
    const { fleet, agent } = await start("guidance");
    await using _fleet = fleet;
    const { supervisor } = fleet;
    const counted = () => {
      const { agents, residency } = supervisor.census();
      const { running, paused, stopped } = agents;
      return { running, paused, stopped, ...residency, awake: [...supervisor.awake].length };
    };
    const atRest = { running: 0, paused: 0, stopped: 0, hot: 0, warm: 1, cold: 0, awake: 0 };
    await until(() => rested(agent));
    expect(counted()).toEqual({ ...atRest, running: 1 });
    await agent.pause(newActionId());
    expect(counted()).toEqual({ ...atRest, paused: 1 });
    await agent.resume(newActionId());
    expect(counted()).toEqual({ ...atRest, running: 1 });
    await agent.interrupt(guidance(1), "next");
    await stepped(fleet, 2);
    await until(() => rested(agent));
    expect(counted()).toEqual({ ...atRest, running: 1 });
    await destroyAgent(supervisor, id, newActionId());
    expect(counted()).toEqual({ ...atRest, warm: 0, stopped: 1 });
  });

  test("is destroyed without a thread, and starts again", async () => {
    const { fleet, agent } = await start("guidance");
    await using _fleet = fleet;
    await until(() => rested(agent));
    await destroyAgent(fleet.supervisor, id, newActionId());
    expect(await fleet.database.status(id, "stopped")).toMatchObject({
      generation: 1,
      exit_reason: { reason: "destroyed", rung: "none" },
    });
    const seed = { agentType: "waiter", subject: null, config: { next: "guidance" } };
    await startAgent(fleet.supervisor, id, seed, newActionId());
    expect(await stepped(fleet, 2)).toMatchObject({ status: "running", iteration: 2 });
  });

  test("keeps its thread if its type is resident", async () => {
    const resident = { ...defaultTypeSettings("waiter"), resident: "always" } as const;
    const { fleet, agent } = await start("guidance", { typeSettings: [resident] });
    await using _fleet = fleet;
    const other = parseAgentId("agent2");
    const config = { interval_ms: LATER_MS };
    const seed = { agentType: "ledger", subject: null, config };
    await startAgent(fleet.supervisor, other, seed, newActionId());
    await until(() => fleet.supervisor.find(other)?.rest.isResting);
    await agent.interrupt(guidance(1), "next");
    expect(await stepped(fleet, 2)).toMatchObject({ generation: 1, context: '{"seen":[1]}' });
  });
});

test("an agent rests until its time, and takes its step then", async () => {
  const { fleet, agent } = await start({ afterMs: 400 });
  await using _fleet = fleet;
  await until(() => rested(agent));
  const { iteration, next_at } = agent.record.row;
  const row = await stepped(fleet, iteration + 1);
  const step = (await fleet.database.steps(id))[iteration];
  expect(step?.started_at).toBeGreaterThanOrEqual(next_at ?? 0);
  expect(row).toMatchObject({ status: "running" });
  expect(row.generation).toBeGreaterThan(1);
});

test("an agent whose interval is short keeps its thread", async () => {
  await using fleet = await Fleet.start({ idleMs: 100 });
  const seed = { agentType: "ledger", subject: null, config: { interval_ms: 20 } };
  await startAgent(fleet.supervisor, id, seed, newActionId());
  expect(await stepped(fleet, 12)).toMatchObject({ generation: 1 });
});

test("a paused agent gives its thread back, and continues after its resume", async () => {
  await using fleet = await Fleet.start({ idleMs: IDLE_MS });
  const seed = { agentType: "ledger", subject: null, config: { interval_ms: 5 } };
  await startAgent(fleet.supervisor, id, seed, newActionId());
  const agent = fleet.supervisor.find(id) as ManagedAgent;
  await stepped(fleet, 2);
  await agent.pause(newActionId());
  await until(() => rested(agent));
  const { iteration } = await fleet.database.status(id, "paused");
  await agent.resume(newActionId());
  const row = await stepped(fleet, iteration + 2);
  expect(row).toMatchObject({ status: "running", generation: 2, paused: false });
});

test("an agent whose onStop never ends rests after the grace, and keeps its next step", async () => {
  await using fleet = await Fleet.start({ idleMs: IDLE_MS, destroyTimeoutMs: 100 });
  await fleet.addType(
    "clingy",
    `export default { type: "clingy", onStop: () => new Promise(() => {}),
      step: (ctx) => ({ result: String(ctx.guidance.length), next: "guidance" }) };`,
  );
  const seed = { agentType: "clingy", subject: null, config: {} };
  await startAgent(fleet.supervisor, id, seed, newActionId());
  const agent = fleet.supervisor.find(id) as ManagedAgent;
  await until(() => rested(agent));
  await agent.interrupt(guidance(1), "next");
  expect(await stepped(fleet, 2)).toMatchObject({
    status: "running",
    result: "1",
    restarts: 0,
    last_error: null,
  });
});

test("an agent that is done with the guidance that wakes it ends", async () => {
  await using fleet = await Fleet.start({ idleMs: 10 });
  await fleet.addType(
    "once",
    `export default { type: "once", step: (ctx) => ({ result: "", next: "guidance", done: ctx.guidance.length > 0 }) };`,
  );
  for (let n = 1; n <= 8; n += 1) {
    const each = parseAgentId(`once${n}`);
    const seed = { agentType: "once", subject: null, config: {} };
    await startAgent(fleet.supervisor, each, seed, newActionId());
    const agent = fleet.supervisor.find(each) as ManagedAgent;
    // As close to the request to end as a test can get; every other one rests already.
    await until(() => agent.rest.isAsked || agent.rest.isResting);
    if (n % 2 === 0) await until(() => rested(agent));
    await agent.interrupt(guidance(n), "next");
    const row = await fleet.database.status(each, "stopped");
    expect(row).toMatchObject({ exit_reason: { reason: "finished" }, last_error: null });
  }
});

describe("the next start of the process", () => {
  async function nextStart(fleet: Fleet) {
    await fleet.supervisor.suspendAll();
    const next = fleet.nextSupervisor();
    const started = await next.rehydrate(await fleet.database.store.agents.loadAlive());
    await Promise.all(started);
    return { next, started };
  }

  test.each([["guidance"], [{ afterMs: LATER_MS }]] as const)(
    "leaves an agent that waits for %j without a thread, and guidance wakes it",
    async (wait) => {
      const { fleet, agent } = await start(wait);
      await using _fleet = fleet;
      await until(() => rested(agent));
      const { next, started } = await nextStart(fleet);
      expect(started).toEqual([]);
      const again = next.find(id) as ManagedAgent;
      expect(again.rest.isResting).toBe(true);
      expect(again.record.row).toMatchObject({ status: "running", generation: 1, iteration: 1 });
      await again.interrupt(guidance(7), "next");
      const row = await stepped(fleet, 2);
      expect(row).toMatchObject({ generation: 2, epoch: 2, context: '{"seen":[7]}' });
      await next.suspendAll();
    },
  );

  test("gives an agent that had a thread none if its step is far off", async () => {
    const { fleet } = await start({ afterMs: LATER_MS }, { idleMs: 60_000 });
    await using _fleet = fleet;
    await stepped(fleet, 1);
    const { next, started } = await nextStart(fleet);
    expect(started).toEqual([]);
    expect(await fleet.database.status(id, "running")).toMatchObject({ epoch: 2, iteration: 1 });
    await next.suspendAll();
  });

  test("gives a thread to what is due, and none to what is paused", async () => {
    const { fleet, agent } = await start({ at: 1 }, { idleMs: 60_000 });
    await using _fleet = fleet;
    const other = parseAgentId("agent2");
    const seed = { agentType: "waiter", subject: null, config: { next: { at: 1 } } };
    await startAgent(fleet.supervisor, other, seed, newActionId());
    await fleet.supervisor.find(other)?.pause(newActionId());
    await fleet.database.status(other, "paused");
    const { iteration } = agent.record.row;
    const { next, started } = await nextStart(fleet);
    expect(started).toHaveLength(1);
    await stepped(fleet, iteration + 2);
    expect(next.find(other)?.rest.isResting).toBe(true);
    await next.find(other)?.resume(newActionId());
    await fleet.database.agent(other, (row) => row.epoch === 2 && row.status === "running");
    await next.suspendAll();
  });
});
