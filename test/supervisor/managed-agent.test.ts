/** One agent through its life: steered while it starts and while it runs, ended, and refused afterwards. */

import { describe, expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { GUIDANCE_ENTRIES_MAX } from "../../src/model/limits.ts";
import { defaultTypeSettings } from "../../src/model/type-settings.ts";
import type { ManagedAgent } from "../../src/supervisor/managed-agent.ts";
import { Fleet } from "../support/fleet.ts";
import { beginSetup } from "../support/slow-setup.ts";
import { destroyAgent, startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
/** Longer than a test may take: whoever waits for it is found out. */
const NEVER_MS = 1_000_000;

describe("an agent in its setup", () => {
  test.each(["hangs", "loops"])("that %s is terminated after the grace", async (how) => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 50 });
    const { started } = await beginSetup(fleet, how);
    await destroyAgent(fleet.supervisor, id, "action2");
    expect(await fleet.database.store.agents.find(id)).toMatchObject({
      status: "stopped",
      last_error: null,
      exit_reason: { reason: "destroyed", rung: "terminated" },
    });
    await expect(started).rejects.toMatchObject({ code: "AGENT_START_STOPPED" });
    expect(fleet.supervisor.agents.size).toBe(0);
  });

  test("that obeys its signal ends immediately when it is destroyed", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: NEVER_MS });
    const { started } = await beginSetup(fleet, "heeds");
    const { rung } = await destroyAgent(fleet.supervisor, id, "action2");
    expect(rung).toBe("cooperative");
    await expect(started).rejects.toMatchObject({ code: "AGENT_START_STOPPED" });
  });

  test("is suspended immediately, and its create is done: the next start runs it", async () => {
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

  test("is not shown as running until setup has ended", async () => {
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
  test("is destroyed without one, and its create is rejected", async () => {
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
    const { rung } = await destroyAgent(supervisor, last, "d");
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
      await destroyAgent(supervisor, agentId, `destroy${n}`);
    }
    await startAgent(supervisor, id, seed, "action1");
    expect(supervisor.find(id)?.child?.isReady).toBe(true);
  });
});

describe("an agent that runs", () => {
  async function startLedger(fleet: Fleet): Promise<ManagedAgent> {
    const seed = { agentType: "ledger", subject: null, config: { interval_ms: 20 } };
    await startAgent(fleet.supervisor, id, seed, "action1");
    return await until(() => fleet.supervisor.find(id));
  }

  test("remembers each action in the commit of its effect", async () => {
    await using fleet = await Fleet.start();
    const { store } = fleet.database;
    const agent = await startLedger(fleet);
    await agent.pause("action2");
    expect(await store.agents.find(id)).toMatchObject({
      paused: true,
      applied_actions: ["action1", "action2"],
    });
    await fleet.database.status(id, "paused");
    await agent.resume("action3");
    expect(await store.agents.find(id)).toMatchObject({
      status: "running",
      paused: false,
      applied_actions: ["action1", "action2", "action3"],
    });
  });

  test("has nothing repeated at the next start that was sent after guidance which is not stored", async () => {
    await using fleet = await Fleet.start();
    const agent = await startLedger(fleet);
    expect(agent.isRepeatable).toBe(true);
    const sent = [1, 2].map((n) => ({ action_id: `action${n}`, guidance: { n }, at: Date.now() }));
    const stored = sent.map((guidance) => agent.interrupt(guidance, "next"));
    expect(agent.isRepeatable).toBe(false);
    await Promise.all(stored);
    await until(() => agent.isRepeatable);
  });

  test("is destroyed with a receipt and a note, and is gone once that is stored", async () => {
    await using fleet = await Fleet.start();
    const agent = await startLedger(fleet);
    expect(agent.ended).toBeUndefined();
    const stop = { graceMs: 60_000, abortAfterMs: 60_000 };
    const { receipt, stored } = await agent.destroy("action2", stop, "enough");
    expect(receipt).toEqual({
      rung: "cooperative",
      took_ms: expect.any(Number),
      rungs: [{ name: "flag", at_ms: expect.any(Number) }],
    });
    expect(agent.ended).toBe(stored);
    await stored;
    const row = await fleet.database.store.agents.find(id);
    expect(row).toMatchObject({
      status: "stopped",
      paused: false,
      applied_actions: ["action1", "action2"],
      exit_reason: { reason: "destroyed", rung: "cooperative", note: "enough" },
    });
    expect(row?.exit_reason?.took_ms).toBe(receipt.took_ms);
    expect(fleet.supervisor.agents.size).toBe(0);
  });

  test("refuses everything once it has ended, and its row stays the same", async () => {
    await using fleet = await Fleet.start();
    const agent = await startLedger(fleet);
    const { stored } = await agent.destroy("action2", { graceMs: 60_000, abortAfterMs: 60_000 });
    await stored;
    const before = agent.record.row;
    const refused = { code: "AGENT_NOT_RUNNING", details: { status: "stopped" } };
    await expect(agent.pause("action3")).rejects.toMatchObject(refused);
    await expect(agent.resume("action4")).rejects.toMatchObject(refused);
    const guidance = { action_id: "action5", guidance: { n: 1 }, at: Date.now() };
    expect(() => agent.interrupt(guidance, "next")).toThrow(expect.objectContaining(refused));
    const stop = { graceMs: 0, abortAfterMs: 0 };
    expect(() => agent.restart("action6", stop)).toThrow(expect.objectContaining(refused));
    expect(agent.record.row).toBe(before);
  });

  test("is suspended once, however often it is requested: the next start runs it", async () => {
    await using fleet = await Fleet.start();
    const agent = await startLedger(fleet);
    const stop = { graceMs: 60_000, abortAfterMs: 60_000 };
    await Promise.all([agent.suspend(stop), agent.suspend(stop)]);
    expect(await fleet.database.store.agents.find(id)).toMatchObject({
      status: "restarting",
      exit_reason: { reason: "shutdown", rung: "cooperative" },
    });
    await expect(agent.pause("action2")).rejects.toMatchObject({ code: "AGENT_NOT_RUNNING" });
  });
});

test("guidance that cannot be sent is refused each time, and changes nothing", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  await startAgent(supervisor, id, { agentType: "ledger", subject: null, config: {} }, "action1");
  const agent = await until(() => supervisor.find(id));
  const guidance = { action_id: "action2", guidance: { n: () => 1 }, at: Date.now() };
  for (let tries = 0; tries < 2; tries += 1) {
    expect(() => agent.interrupt(guidance, "next")).toThrow(/cannot be sent to agent1/);
    expect(agent.record.row).toMatchObject({ pending_guidance: [], applied_actions: ["action1"] });
  }
  await agent.interrupt({ action_id: "action3", guidance: { n: 7 }, at: Date.now() }, "next");
  await database.agent(id, ({ pending_guidance }) => pending_guidance.length === 0);
});

describe("guidance that the thread itself", () => {
  test("refuses is rejected with the thread's code, and is not in the row", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database, heard } = fleet;
    const config = { interval_ms: NEVER_MS };
    await startAgent(supervisor, id, { agentType: "ledger", subject: null, config }, "action1");
    const agent = await until(() => supervisor.find(id));
    await agent.pause("action2");
    await database.agent(id, ({ status }) => status === "paused"); // no save of it brings the guidance
    // Past the record, which would refuse it before the thread does.
    for (let n = 0; n < GUIDANCE_ENTRIES_MAX; n += 1) {
      const unknown = { action_id: `unknown${n}`, guidance: { n }, at: Date.now() };
      expect(await agent.child?.interrupt(unknown, "next")).toBeUndefined();
    }
    const guidance = { action_id: "action3", guidance: { n: 1 }, at: Date.now() };
    const interrupted = agent.interrupt(guidance, "next");
    await expect(interrupted).rejects.toMatchObject({ code: "GUIDANCE_LIMIT" });
    const row = await database.store.agents.find(id);
    expect(row?.pending_guidance).toEqual([]);
    expect(row?.applied_actions).not.toContain("action3");
    expect(heard.filter(({ type }) => type === "agent.guidance")).toEqual([]);
  });

  test.each(["number", "transient"])(
    "answers with a forged %s waits in the row, and the thread is ended",
    async (how) => {
      const temporary = { ...defaultTypeSettings("forger"), restart: "temporary" } as const;
      await using fleet = await Fleet.start({ typeSettings: [temporary] });
      const { supervisor, database } = fleet;
      await startAgent(
        supervisor,
        id,
        { agentType: "forger", subject: null, config: { how } },
        "action1",
      );
      const agent = await until(() => supervisor.find(id));
      const guidance = { action_id: "action2", guidance: { n: 1 }, at: Date.now() };
      await agent.interrupt(guidance, "next");
      const row = await database.agent(id, ({ last_error }) => last_error !== null);
      expect(row).toMatchObject({
        last_error: { code: "AGENT_REPORT_INVALID" },
        pending_guidance: [guidance],
      });
    },
  );

  test("never answers is accepted after a while, and waits in the row", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    const config = { how: "unknown_id" };
    await startAgent(supervisor, id, { agentType: "forger", subject: null, config }, "action1");
    const agent = await until(() => supervisor.find(id));
    const guidance = { action_id: "action2", guidance: { n: 1 }, at: Date.now() };
    await agent.interrupt(guidance, "next");
    const row = await database.store.agents.find(id);
    expect(row).toMatchObject({ last_error: null, pending_guidance: [guidance] });
  });
});
