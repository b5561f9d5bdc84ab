/** Steering while an agent starts, and what a failing delivery leaves behind. */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import type { ManagedAgent } from "../../src/supervisor/managed-agent.ts";
import { Fleet } from "../support/fleet.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
/** Longer than a test may take: whoever waits for it is found out. */
const NEVER_MS = 1_000_000;

interface Starting {
  readonly agent: ManagedAgent;
  readonly started: Promise<void>;
  /** Lets the setup of one that waits end. */
  readonly end: () => Promise<void>;
}

/** Resolves once setup has begun. */
async function beginSetup(fleet: Fleet, how: string): Promise<Starting> {
  const { supervisor, database } = fleet;
  const [mark, end] = ["mark", "end"].map((name) => join(database.folder, name)) as [
    string,
    string,
  ];
  const config = { how, mark, end, interval_ms: 10 };
  const seed = { agentType: "slow-setup", subject: null, config };
  const { started } = await supervisor.begin(id, seed, "action1");
  started.catch(() => undefined);
  await until(() => existsSync(mark));
  const agent = await until(() => supervisor.find(id));
  return { agent, started, end: () => writeFile(end, "") };
}

describe("an agent in its setup", () => {
  test.each(["hangs", "loops"])("that %s is terminated after the grace", async (how) => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 50 });
    const { started } = await beginSetup(fleet, how);
    await fleet.supervisor.destroy(id, "action2");
    expect(await fleet.database.store.agents.find(id)).toMatchObject({
      status: "stopped",
      last_error: null,
      exit_reason: { reason: "destroyed", rung: "terminated" },
    });
    await expect(started).rejects.toMatchObject({ code: "AGENT_START_STOPPED" });
    expect(fleet.supervisor.agents.size).toBe(0);
  });

  test("that heeds its signal ends at once when it is destroyed", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: NEVER_MS });
    const { started } = await beginSetup(fleet, "heeds");
    const { rung } = await fleet.supervisor.destroy(id, "action2");
    expect(rung).toBe("cooperative");
    await expect(started).rejects.toMatchObject({ code: "AGENT_START_STOPPED" });
  });

  test("is suspended at once, and its create is done: the next start runs it", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 50 });
    const { started } = await beginSetup(fleet, "hangs");
    await fleet.supervisor.suspendAll();
    await started;
    expect(await fleet.database.store.agents.find(id)).toMatchObject({
      status: "restarting",
      applied_actions: ["action1"],
    });
  });

  test("is paused and interrupted before it has ended, and keeps to both", async () => {
    await using fleet = await Fleet.start();
    const { database } = fleet;
    const { agent, started, end } = await beginSetup(fleet, "waits");
    await agent.pause("action2");
    const guidance = { action_id: "action3", guidance: { n: 1 }, at: Date.now() };
    await agent.interrupt(guidance, "now");
    expect(await database.store.agents.find(id)).toMatchObject({
      status: "starting",
      paused: true,
      pending_guidance: [guidance],
    });
    await end();
    await started;
    expect(await database.status(id, "paused")).toMatchObject({ iteration: 0 });
    await agent.resume("action4");
    const row = await database.agent(id, ({ iteration }) => iteration > 0);
    expect(row).toMatchObject({ context: '{"seen":[1]}', pending_guidance: [] });
  });

  test("does not run as long as its row says so", async () => {
    await using fleet = await Fleet.start();
    const { agent, started, end } = await beginSetup(fleet, "waits");
    await agent.pause("action2");
    await agent.resume("action3");
    expect(agent.record.row.status).toBe("starting");
    await end();
    await started;
    await fleet.database.status(id, "running");
  });
});

describe("an agent whose thread is not made yet", () => {
  test("is destroyed without one, and its create is told", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: NEVER_MS });
    const { supervisor } = fleet;
    const ids = Array.from({ length: 6 }, (_, n) => parseAgentId(`agent${n}`));
    const seed = { agentType: "ledger", subject: null, config: {} };
    const begun = await Promise.all(ids.map((each) => supervisor.begin(each, seed, `c-${each}`)));
    const last = parseAgentId("agent5");
    const started = begun[5]?.started.then(
      () => "done",
      (error: { code: unknown }) => error.code,
    );
    const { rung } = await supervisor.destroy(last, "d");
    expect(rung).toBe("none");
    expect(await started).toBe("AGENT_START_STOPPED");
    await Promise.all(begun.slice(0, 5).map((each) => each.started));
    expect(await fleet.database.store.agents.find(last)).toMatchObject({ status: "stopped" });
  });

  test("is destroyed with no grace at all, and threads can be made afterwards", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 0 });
    const { supervisor } = fleet;
    const seed = { agentType: "ledger", subject: null, config: {} };
    for (let n = 0; n < 10; n += 1) {
      const agentId = parseAgentId(`short${n}`);
      const { started } = await supervisor.begin(agentId, seed, `create${n}`);
      started.catch(() => undefined);
      await until(() => supervisor.find(agentId)?.child);
      await supervisor.destroy(agentId, `destroy${n}`);
    }
    await supervisor.start(id, seed, "action1");
  });
});

test("guidance that cannot be sent is refused each time, and changes nothing", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  await supervisor.start(id, { agentType: "ledger", subject: null, config: {} }, "action1");
  const agent = await until(() => supervisor.find(id));
  const guidance = { action_id: "action2", guidance: { n: () => 1 }, at: Date.now() };
  for (let tries = 0; tries < 2; tries += 1) {
    expect(() => agent.interrupt(guidance, "next")).toThrow(/cannot be sent to agent1/);
    expect(agent.record.row).toMatchObject({ pending_guidance: [], applied_actions: ["action1"] });
  }
  await agent.interrupt({ action_id: "action3", guidance: { n: 7 }, at: Date.now() }, "next");
  await database.agent(id, ({ pending_guidance }) => pending_guidance.length === 0);
});
