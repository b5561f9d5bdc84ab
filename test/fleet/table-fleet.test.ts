/** What differs where only the tables are there: no process keeps the rows current. */

import { expect, test } from "vitest";
import { openLocation } from "../../src/fleet/open-database.ts";
import { TableFleet } from "../../src/fleet/table-fleet.ts";
import { openQueue } from "../../src/index.ts";
import { loadSettings } from "../../src/settings/config.ts";
import { acquireLock } from "../../src/store/ownership/lock.ts";
import { agentRow, stepRow } from "../cli/sample-rows.ts";
import { Control } from "../support/control.ts";
import { Database } from "../support/database.ts";

test("rows are shown and matched by their effective status while no process runs the agents", async () => {
  await using database = await Database.make();
  const { queue: fleet, store } = database;
  await store.agents.record(agentRow("ran"));
  await store.agents.record(agentRow("rests", { status: "paused", paused: true }));
  expect(await fleet.agentFind("ran")).toMatchObject({ status: "restarting", live: null });
  expect((await fleet.agentPage({ status: "running" })).items).toEqual([]);
  expect((await fleet.agentPage({ status: "restarting" })).items).toMatchObject([
    { agent_id: "ran" },
  ]);
  expect(fleet.source).toMatchObject({ kind: "tables", pid: undefined });
  await using _lock = await acquireLock(database.location);
  expect((await fleet.agentPage({ status: "running" })).items).toHaveLength(1);
  expect(fleet.source).toMatchObject({ pid: process.pid });
});

test("a context is shown as the value that the row has as text", async () => {
  await using database = await Database.make();
  const { queue: fleet, store } = database;
  await store.agents.record(agentRow("a", { context: '{"seen":3}' }));
  await store.agents.record(agentRow("b", { context: "not JSON" }));
  const shown = [{ context: { seen: 3 } }, { context: null }];
  expect((await fleet.agentPage({ fields: "all" })).items).toMatchObject(shown);
  expect(await Array.fromAsync(fleet.agents({ fields: "all" }))).toMatchObject(shown);
  expect(await Promise.all(["a", "b"].map((id) => fleet.agentFind(id)))).toMatchObject(shown);
});

test("a watch reports which process runs the agents, each change of that, and the steps in between", async () => {
  await using database = await Database.make();
  const { queue: fleet, store } = database;
  await store.agents.record(agentRow("a"));
  const watch = fleet.watch();
  expect((await watch.next()).value).toMatchObject({
    kind: "agents",
    agents: [{ agent_id: "a", status: "restarting" }],
  });
  expect((await watch.next()).value).toMatchObject({
    kind: "connection",
    connection: { isOpen: false, error: { code: "SERVER_UNREACHABLE" } },
  });
  const lock = await acquireLock(database.location);
  expect((await watch.next()).value).toMatchObject({ connection: { isOpen: true } });
  expect((await watch.next()).value).toMatchObject({
    event: { type: "agent.status", seq: 1, data: { status: "running" } },
  });
  await store.agents.record(agentRow("a", { iteration: 4 }), stepRow("a", { iteration: 4 }));
  expect((await watch.next()).value).toMatchObject({
    event: { type: "agent.step", seq: 2, agent_id: "a", data: { iteration: 4 } },
  });
  await lock.release();
  expect((await watch.next()).value).toMatchObject({ connection: { isOpen: false } });
  expect((await watch.next()).value).toMatchObject({ event: { data: { status: "restarting" } } });
  await watch.return();
});

test("an action is withdrawn, and the tables are compacted, while no process runs the agents", async () => {
  await using database = await Database.make();
  const { queue: fleet } = database;
  const id = await fleet.agentPause("a", "ann");
  expect(await fleet.actionCancel(id, "ann")).toMatchObject({ outcome: "cancelled" });
  const { tables } = await fleet.databaseCompact();
  expect(tables.queue.compacted_at).toEqual(expect.any(Number));
  await using _lock = await acquireLock(database.location);
  await expect(fleet.databaseCompact()).rejects.toMatchObject({ code: "DATABASE_LOCKED" });
  await expect(fleet.actionCancel(id, "ann")).rejects.toMatchObject({ code: "DATABASE_LOCKED" });
});

test("secrets of types that are not found from here are masked in every view, if that is wanted", async () => {
  await using database = await Database.make();
  const { location, store } = database;
  const readSettings = async () => loadSettings({ flags: { db: location }, env: {} });
  const place = { readSettings, masksSecrets: true } as const;
  const fleet = new TableFleet(await openLocation({ location, local: null, storage: {} }), place);
  const config = { interval_ms: 5, key: "very-secret" };
  await store.agents.record(agentRow("a", { agent_type: "keeper", config }));
  const options = { agentType: "keeper", config };
  const id = await fleet.agentCreate("a", "ann", options);
  const untyped = await fleet.agentCreate("a", "ann", { config });
  const views = [
    await fleet.agentFind("a"),
    ...(await fleet.agentPage()).items,
    ...(await fleet.agentPage({ fields: "all" })).items,
    await fleet.actionFind(id),
    await fleet.actionFind(untyped),
    ...(await fleet.actionPage()).items,
    await fleet.actionCancel(id, "ann"),
    await fleet.actionWait(id, 30_000),
  ];
  await fleet.close();
  for (const view of views) {
    const shown = JSON.stringify(view);
    expect(shown).toContain('{"interval_ms":5,"key":"********"}');
    expect(shown).not.toContain("very-secret");
  }
  expect(await database.queue.agentFind("a")).toMatchObject({ config });
});

test("openQueue creates a database that is missing, and a supervisor carries out its actions", async () => {
  await using control = await Control.start();
  await using queue = await openQueue(`${control.folder}/data/troupe`);
  const id = await queue.agentPause("nobody", "ann");
  expect(await queue.actionWait(id, 30_000)).toMatchObject({ outcome: "rejected" });
});
