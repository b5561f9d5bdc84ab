import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UNSTORED_STEPS_MAX } from "../../src/actor/loop.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { parseAgentId } from "../../src/model/ids.ts";
import { defaultTypeSettings } from "../../src/model/type-settings.ts";
import { block } from "../support/break.ts";
import { Fleet } from "../support/fleet.ts";
import { destroyAgent, startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
const seed = (agentType: string, config: Record<string, unknown> = { interval_ms: 20 }) => ({
  agentType,
  subject: "cats",
  config,
});

describe("supervisor", () => {
  test("stores an agent's row before anything else is published", async () => {
    await using fleet = await Fleet.start();
    await startAgent(fleet.supervisor, id, seed("ledger"), "action1");
    expect(await fleet.database.store.agents.find(id)).toMatchObject({
      agent_type: "ledger",
      generation: 1,
      epoch: 1,
      applied_actions: ["action1"],
      config: { interval_ms: 20 },
    });
    const step = await fleet.event(({ type }) => type === "agent.step");
    const [stored] = await fleet.database.steps(id);
    expect(stored).toEqual(step.data);
    const statuses = fleet.heard.filter(({ type }) => type === "agent.status");
    expect(statuses.map(({ data }) => "status" in data && data.status)).toEqual([
      "starting",
      "running",
    ]);
  });

  test("reports a start only once a list by status has the agent as running", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    const running = async () => {
      const { items } = await database.store.agents.list({ status: "running" });
      return items.map(({ agent_id }) => agent_id);
    };
    await startAgent(supervisor, id, seed("ledger"), "action1");
    expect(await running()).toEqual([id]);
    await (await supervisor.restart(id, "action2")).done;
    expect(await running()).toEqual([id]);
  });

  test("knows an action whose effect is stored, and forgets it after its ack", async () => {
    await using fleet = await Fleet.start();
    const { supervisor } = fleet;
    await startAgent(supervisor, id, seed("ledger"), "action1");
    await (await supervisor.findApplied(id, "action1"))?.stored;
    expect(await supervisor.findApplied(id, "action2")).toBeUndefined();
    supervisor.forgetApplied(id, "action1");
    expect(await supervisor.findApplied(id, "action1")).toBeUndefined();
  });

  test("refuses actions that an ended agent cannot do and names its status", async () => {
    await using fleet = await Fleet.start();
    const { supervisor } = fleet;
    await expect(supervisor.getRunning(id, "paused")).rejects.toMatchObject({
      code: "AGENT_UNKNOWN",
    });
    await startAgent(supervisor, id, seed("ledger"), "action1");
    await destroyAgent(supervisor, id, "action2", "enough");
    await expect(supervisor.getRunning(id, "paused")).rejects.toMatchObject({
      code: "AGENT_NOT_RUNNING",
      message: "agent1 is stopped; only a running agent can be paused",
    });
    expect(supervisor.agents.size).toBe(0);
  });

  test("refuses a create that the machine has no room for, and stores no row", async () => {
    const checkCapacity = (agents: number) =>
      agents < 1 ? undefined : new TroupeError("AGENT_LIMIT", "no room");
    await using fleet = await Fleet.start({ checkCapacity });
    await startAgent(fleet.supervisor, id, seed("ledger"), "action1");
    const other = parseAgentId("agent2");
    const refused = startAgent(fleet.supervisor, other, seed("ledger"), "action2");
    await expect(refused).rejects.toMatchObject({ code: "AGENT_LIMIT" });
    expect(await fleet.supervisor.findRow(other)).toBeUndefined();
  });

  test("terminates an agent that does not end within the grace", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 50 });
    await fleet.startStubborn(id);
    await destroyAgent(fleet.supervisor, id, "action2");
    expect(await fleet.database.store.agents.find(id)).toMatchObject({
      status: "stopped",
      exit_reason: { reason: "destroyed", rung: "terminated" },
    });
  });

  test("takes the grace of the agent's type before its own", async () => {
    const typeSettings = [{ ...defaultTypeSettings("stubborn"), destroy_timeout_ms: 20 }];
    await using fleet = await Fleet.start({ typeSettings, destroyTimeoutMs: 1_000_000 });
    await fleet.startStubborn(id);
    await destroyAgent(fleet.supervisor, id, "action2");
    expect((await fleet.database.store.agents.find(id))?.exit_reason?.rung).toBe("terminated");
  });

  test("suspends agents with the status for the next start", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    await startAgent(supervisor, id, seed("ledger"), "action1");
    await supervisor.suspendAll();
    expect(await database.store.agents.find(id)).toMatchObject({
      status: "restarting",
      exit_reason: { reason: "shutdown", rung: "cooperative" },
    });
    const next = fleet.nextSupervisor();
    const revived = await next.rehydrate(await database.store.agents.loadAlive());
    await Promise.all(revived);
    await database.agent(id, (row) => row.status === "running" && row.generation === 2);
    await next.suspendAll();
  });

  test("suspends an agent that is started during the suspension of the others", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    await startAgent(supervisor, id, seed("ledger"), "action1");
    const suspended = supervisor.suspendAll();
    const late = parseAgentId("late");
    await startAgent(supervisor, late, seed("ledger"), "action2");
    await suspended;
    expect(await database.store.agents.find(late)).toMatchObject({
      status: "restarting",
      applied_actions: ["action2"],
    });
    expect(supervisor.agents.size).toBe(0);
  });

  test("shows no agent of a dead process as running", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    await startAgent(supervisor, id, seed("ledger"), "action1");
    await supervisor.suspendAll();
    const row = await database.status(id, "restarting");
    for (const [status, found] of [
      ["pausing", "paused"],
      ["stopping", "stopped"],
    ] as const) {
      const left = { ...row, agent_id: parseAgentId(status), status, paused: status === "pausing" };
      await database.store.agents.record(left);
      await supervisor.rehydrate([left]);
      expect(await database.store.agents.find(status)).toMatchObject({ status: found });
    }
  });
});

describe("an action for an agent whose thread is being made", () => {
  test("is not lost: guidance is used, a pause is kept, a resume ends it", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    const started = startAgent(supervisor, id, seed("ledger"), "action1");
    const agent = await until(() => supervisor.find(id));
    for (let n = 1; n <= 20; n += 1) {
      await agent.interrupt(
        { action_id: `interrupt${n}`, guidance: { n }, at: Date.now() },
        "next",
      );
      await (n % 2 === 0 ? agent.resume(`resume${n}`) : agent.pause(`pause${n}`));
    }
    await started;
    const row = await database.agent(id, ({ pending_guidance }) => pending_guidance.length === 0);
    expect(JSON.parse(row.context)).toEqual({ seen: Array.from({ length: 20 }, (_, n) => n + 1) });
    await database.status(id, "running");
  });

  test("is kept for the next thread while the agent waits to be started again", async () => {
    const typeSettings = [
      { ...defaultTypeSettings("once-broken"), restarts_max: 9, step_retries: 0 },
    ];
    await using fleet = await Fleet.start({ typeSettings });
    const { supervisor, database } = fleet;
    await startAgent(supervisor, id, seed("once-broken"), "action1");
    await database.status(id, "restarting");
    const agent = await until(() => supervisor.find(id));
    await agent.interrupt({ action_id: "interrupt1", guidance: { n: 1 }, at: Date.now() }, "next");
    const row = await database.agent(
      id,
      ({ generation, iteration }) => generation > 1 && iteration > 1,
    );
    expect(row).toMatchObject({ result: "guided", pending_guidance: [] });
  });
});

describe("a failing agent", () => {
  const once = { ...defaultTypeSettings("broken-step"), restarts_max: 1, step_retries: 0 };

  test("is started again, then given up with its last error", async () => {
    await using fleet = await Fleet.start({ typeSettings: [once] });
    await startAgent(fleet.supervisor, id, seed("broken-step"), "action1");
    const row = await fleet.database.status(id, "error");
    expect(row).toMatchObject({ restarts: 1, generation: 2, iteration: 2 });
    expect(row.last_error).toMatchObject({ code: "AGENT_RESTARTS_EXHAUSTED" });
    await until(() => fleet.supervisor.agents.size === 0);
  });

  test("is tried again before its failures count as restarts", async () => {
    const typeSettings = [{ ...once, restarts_max: 0, step_retries: 1 }];
    await using fleet = await Fleet.start({ typeSettings });
    await startAgent(fleet.supervisor, id, seed("broken-step"), "action1");
    const row = await fleet.database.status(id, "error");
    expect(row).toMatchObject({ restarts: 1, generation: 2, iteration: 2 });
    expect(row.last_error?.message).toContain("after 1 retry of its step");
  });

  test("is not started again when it is temporary", async () => {
    await using fleet = await Fleet.start({ typeSettings: [{ ...once, restart: "temporary" }] });
    await startAgent(fleet.supervisor, id, seed("broken-step"), "action1");
    const row = await fleet.database.status(id, "error");
    expect(row).toMatchObject({
      restarts: 0,
      generation: 1,
      last_error: { code: "AGENT_STEP_FAILED" },
    });
  });

  test("can be destroyed between two starts", async () => {
    await using fleet = await Fleet.start({ typeSettings: [{ ...once, restarts_max: 100 }] });
    await startAgent(fleet.supervisor, id, seed("broken-step"), "action1");
    await fleet.database.status(id, "restarting");
    await destroyAgent(fleet.supervisor, id, "action2");
    expect(await fleet.database.store.agents.find(id)).toMatchObject({ status: "stopped" });
  });

  test("that fails in its setup is reported to its creator and not started again", async () => {
    await using fleet = await Fleet.start();
    const failing = startAgent(fleet.supervisor, id, seed("broken-setup"), "action1");
    await expect(failing).rejects.toMatchObject({ code: "AGENT_START_FAILED" });
    expect(await fleet.database.status(id, "error")).toMatchObject({ generation: 1, restarts: 0 });
  });

  test("that ends its own process ends only its thread", async () => {
    await using fleet = await Fleet.start({
      typeSettings: [{ ...once, name: "quitter", restarts_max: 0 }],
    });
    await startAgent(fleet.supervisor, id, seed("quitter"), "action1");
    const row = await fleet.database.status(id, "error");
    expect(row.last_error?.message).toContain("ended with exit code 3");
  });
});

describe("while the store takes no writes", () => {
  const busy = seed("ledger", { interval_ms: 0 });

  test("agents wait, nothing is lost or stored twice, and all continue when it does", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    await startAgent(supervisor, id, busy, "action1");
    await database.agent(id, (row) => row.iteration > 20);
    const mend = await block(join(database.location, "agent_steps.lance/_transactions"));
    const agent = supervisor.find(id);
    await until(() => !database.store.health.isWritable);
    const waiting = await until(
      () => agent?.child?.position.phase === "waiting" && agent.record.row,
    );
    const stored = await database.steps(id);
    expect(waiting.iteration - stored.length).toBeGreaterThanOrEqual(UNSTORED_STEPS_MAX);
    const paused = agent?.pause("action2");
    await until(() => agent?.record.row.status === "paused");
    expect(agent?.record.row.iteration).toBe(waiting.iteration);
    await mend();
    await paused;
    await database.status(id, "paused");
    await agent?.resume("action3");
    await database.agent(id, (row) => row.iteration > waiting.iteration + UNSTORED_STEPS_MAX);
    await supervisor.suspendAll();
    const iterations = (await database.steps(id)).map((step) => step.iteration);
    expect(iterations).toEqual(Array.from({ length: iterations.length }, (_, n) => n + 1));
  });

  test("a destroy ends the thread immediately and is done once it is stored", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    await startAgent(supervisor, id, busy, "action1");
    await database.agent(id, (row) => row.iteration > 0);
    const mend = await block(join(database.location, "agent_steps.lance/_transactions"));
    await until(() => !database.store.health.isWritable);
    const child = supervisor.find(id)?.child;
    await until(() => child?.position.phase === "waiting");
    const destroyed = destroyAgent(supervisor, id, "action2");
    await child?.ended;
    await mend();
    await destroyed;
    expect(await database.store.agents.find(id)).toMatchObject({
      status: "stopped",
      exit_reason: { rung: "cooperative" },
    });
  });
});
