/** Agents that come back: many at once, and those whose cause was mended. */

import { describe, expect, test } from "vitest";
import type { AgentRow } from "../../src/model/agent.ts";
import { History } from "../../src/model/history.ts";
import { parseAgentId } from "../../src/model/ids.ts";
import { newAgentRow } from "../../src/supervisor/new-agent-row.ts";
import { Fleet } from "../support/fleet.ts";
import { destroyAgent, startAgent } from "../support/supervised-agents.ts";

const id = parseAgentId("agent1");
const config = { interval_ms: 10 };
const ledger = { agentType: "ledger", subject: null, config };

/** As a process left it that was killed. */
function leftRow(agentId: string, changes: Partial<AgentRow> = {}): AgentRow {
  const row = newAgentRow(parseAgentId(agentId), ledger, 1);
  const context = '{"seen":[1,2]}';
  return { ...row, status: "running", generation: 3, iteration: 7, context, ...changes };
}

/** Takes the type out of the catalog; what it returns puts it back. */
function loseType(fleet: Fleet): () => void {
  const { types } = fleet.catalog;
  fleet.catalog.replace({ types: types.filter(({ name }) => name !== "ledger") });
  return () => fleet.catalog.replace({ types });
}

/** The row is brought up with the agent's status after its steps are stored. */
const isBack = ({ iteration, status }: AgentRow) => iteration > 7 && status === "running";

describe("an agent whose type is gone", () => {
  test("is in error with the code, and refuses actions on a running agent", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    loseType(fleet);
    await Promise.all(await supervisor.rehydrate([leftRow("agent1")]));
    expect(await database.store.agents.find(id)).toMatchObject({
      status: "error",
      generation: 3,
      last_error: { code: "AGENT_TYPE_UNKNOWN" },
      exit_reason: { reason: "unstartable" },
    });
    expect(supervisor.find(id)).toBeUndefined();
    await expect(supervisor.getRunning(id, "paused")).rejects.toMatchObject({
      code: "AGENT_NOT_RUNNING",
    });
  });

  test("is back once its type is known: as it was, a paused one paused", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database, catalog } = fleet;
    const findType = loseType(fleet);
    const paused = leftRow("agent2", { status: "paused", paused: true });
    await Promise.all(await supervisor.rehydrate([leftRow("agent1"), paused]));
    const isKnown = (type: string) => catalog.has(type);
    expect(await supervisor.revive(isKnown)).toEqual([]);
    findType();
    await Promise.all(await supervisor.revive(isKnown));
    const row = await database.agent(id, isBack);
    expect(row).toMatchObject({
      status: "running",
      generation: 4,
      context: '{"seen":[1,2]}',
      exit_reason: null,
    });
    expect(await database.status("agent2", "paused")).toMatchObject({ iteration: 7 });
    expect(supervisor.find(parseAgentId("agent2"))).toBeDefined();
  });

  test("is found by the next start of the process, too", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database, catalog } = fleet;
    const findType = loseType(fleet);
    await Promise.all(await supervisor.rehydrate([leftRow("agent1")]));
    findType();
    const next = fleet.nextSupervisor();
    await next.rehydrate(await database.store.agents.loadAlive());
    await Promise.all(await next.revive((type) => catalog.has(type)));
    const row = await database.agent(id, isBack);
    expect(row).toMatchObject({ status: "running", generation: 4, epoch: 2 });
    await next.suspendAll();
  });

  test("is back after a create, with its context", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database } = fleet;
    const findType = loseType(fleet);
    await Promise.all(await supervisor.rehydrate([leftRow("agent1")]));
    findType();
    await startAgent(supervisor, id, ledger, "action1");
    const row = await database.agent(id, isBack);
    expect(row).toMatchObject({ status: "running", context: '{"seen":[1,2]}' });
  });

  test("is not brought back if it was destroyed meanwhile", async () => {
    await using fleet = await Fleet.start();
    const { supervisor, database, catalog } = fleet;
    const findType = loseType(fleet);
    await Promise.all(await supervisor.rehydrate([leftRow("agent1")]));
    await destroyAgent(supervisor, id, "action1");
    findType();
    expect(await supervisor.revive((type) => catalog.has(type))).toEqual([]);
    expect(await database.store.agents.find(id)).toMatchObject({ status: "stopped" });
  });
});

test("a start that cannot be stored ends quietly, however it was requested", async () => {
  await using fleet = await Fleet.start();
  const { supervisor } = fleet;
  loseType(fleet);
  const [begun] = await supervisor.rehydrate([leftRow("agent1")]);
  // More than the column holds.
  supervisor.find(id)?.record.change({ restarts: 1e300 });
  await expect(begun).resolves.toBeUndefined();
});

test("an agent in error that is restarted while the process ends runs with the next start", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  const findType = loseType(fleet);
  await Promise.all(await supervisor.rehydrate([leftRow("agent1")]));
  const row = await database.status(id, "error");
  findType();
  const suspended = supervisor.suspendAll();
  await supervisor.reviveOne(row, "restart1");
  await suspended;
  expect(supervisor.agents.size).toBe(0);
  expect(await database.store.agents.find(id)).toMatchObject({
    status: "restarting",
    generation: 3,
    applied_actions: ["restart1"],
  });
  const next = fleet.nextSupervisor();
  await next.rehydrate(await database.store.agents.loadAlive());
  await database.agent(id, ({ status, generation }) => status === "running" && generation === 4);
  await next.suspendAll();
});

test("a create that was refused is not carried out later", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database, catalog } = fleet;
  loseType(fleet);
  const refused = startAgent(supervisor, id, ledger, "action1");
  await expect(refused).rejects.toMatchObject({ code: "AGENT_TYPE_UNKNOWN" });
  expect(await database.status(id, "error")).toMatchObject({ exit_reason: { reason: "failed" } });
  expect(await supervisor.revive(() => true)).toEqual([]);
  expect(catalog.has("ledger")).toBe(false);
});

test("an agent that cannot be given to a thread is in error, and no thread is left", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  const seed = { ...ledger, config: { f: () => 1 } };
  const refused = startAgent(supervisor, id, seed, "action1");
  await expect(refused).rejects.toMatchObject({ code: "AGENT_START_FAILED" });
  const { last_error } = await database.status(id, "error");
  expect(last_error?.message).toMatch(/^agent1 cannot get a thread/);
  await startAgent(supervisor, id, ledger, "action2");
  await database.status(id, "running");
});

test("an agent that is brought back and cannot be given to a thread is in error immediately", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  const left = leftRow("agent1", { config: { f: () => 1 } });
  await Promise.all(await supervisor.rehydrate([left]));
  expect(await database.store.agents.find(id)).toMatchObject({
    status: "error",
    restarts: 0,
    last_error: { code: "AGENT_START_FAILED" },
    exit_reason: { reason: "unstartable" },
  });
});

test("more agents are brought back than one commit takes", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  const rows = Array.from({ length: 20_500 }, (_, n) =>
    leftRow(`many${n}`, { status: "stopping" }),
  );
  expect(await supervisor.rehydrate(rows)).toEqual([]);
  expect(await database.store.agents.countEnded()).toMatchObject({ stopped: 20_500 });
  expect(supervisor.agents.size).toBe(0);
});

test("agents whose next step is due first get their threads first, paused ones last", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  const due = (at: number) => new History([{ iteration: 7, subject: null, result: "x", at }]);
  const names = ["paused", "late", "soon", "early", "first"];
  const rows = names.map((name, n) =>
    leftRow(name, {
      history: due(10_000 - n),
      ...(name === "paused" && { status: "paused", paused: true }),
    }),
  );
  await Promise.all(await supervisor.rehydrate(rows));
  const made = await Promise.all(
    names.map(
      async (name) => (await database.agent(name, (row) => row.generation === 4)).started_at,
    ),
  );
  expect(made.toReversed()).toEqual(made.toSorted((left, right) => left - right));
});
