/** Columns that another program adds or drops while tables are in use. */

import { expect, test } from "vitest";
import { inPages } from "../../support/in-pages.ts";
import { ackOf, agentRow, newAction, stepRow } from "../../support/sample-rows.ts";
import { openForeign, openSample } from "../sample-store.ts";

test("rows are stored in tables to which another program has added a column with a value", async () => {
  await using sample = await openSample();
  const { agents, queue } = sample.store;
  await agents.record(agentRow());
  const states = await openForeign(sample.location, "agent_state");
  const actions = await openForeign(sample.location, "queue");
  for (const table of [states, actions]) {
    await table.addColumns([{ name: "Of their own", valueSql: "'x'" }]);
    expect((await table.schema()).fields.at(-1)?.nullable).toBe(false);
  }
  await agents.record(agentRow({ iteration: 2 }));
  await agents.record(agentRow({ agent_id: "new" }));
  await queue.append([newAction({ id: "a" })]);
  const isStored = (id: string, rest: string) => states.countRows(`agent_id = '${id}' AND ${rest}`);
  expect(await isStored("agent1", "iteration = 2 AND `Of their own` = 'x'")).toBe(1);
  expect(await isStored("new", "`Of their own` IS NULL")).toBe(1);
  expect(await actions.countRows("id = 'a'")).toBe(1);
});

test("a column that another program drops is there again with the next request, and empty", async () => {
  await using sample = await openSample();
  const { agents, queue, steps } = sample.store;
  await agents.record(agentRow({ agent_id: "a" }));
  await queue.append([newAction({ id: "old" })]);
  const states = await openForeign(sample.location, "agent_state");
  await states.dropColumns(["usage", "epoch", "history"]);
  expect(await agents.find("a")).toMatchObject({ agent_id: "a", usage: null, epoch: 0 });
  await states.dropColumns(["status", "usage"]);
  await agents.record(agentRow({ agent_id: "a", iteration: 3 }), stepRow({ agent_id: "a" }));
  expect(await agents.loadAlive()).toMatchObject([{ agent_id: "a", iteration: 3 }]);

  const actions = await openForeign(sample.location, "queue");
  await actions.dropColumns(["processed", "actor"]);
  await queue.append([newAction({ id: "new" })]);
  const pending = await queue.findPending({ now: 5_000, limit: 10 });
  expect(pending.map(({ id }) => id).sort()).toEqual(["new", "old"]);
  expect(await queue.ack(["new", "old"].map((id) => ackOf(id)))).toBe(2);
  expect(await queue.countPending()).toBe(0);

  const taken = await openForeign(sample.location, "agent_steps");
  await taken.dropColumns(["agent_id", "result"]);
  expect((await steps.list("a")).items).toEqual([]);
});

test("actions that have ended stay so if another program drops the column that says it", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append(["ended", "waiting"].map((id) => newAction({ id })));
  await queue.ack([ackOf("ended")]);
  const actions = await openForeign(sample.location, "queue");
  await actions.dropColumns(["processed"]);
  const pending = () => queue.findPending({ now: 5_000, limit: 10 });
  expect(await pending()).toMatchObject([{ id: "waiting" }]);
  const row = { action: "agent_pause", actor: "f", payload: "{}", created_at: 1, processed: false };
  await actions.add([{ ...row, id: "foreign" }]);
  expect((await pending()).map(({ id }) => id).sort()).toEqual(["foreign", "waiting"]);
  await actions.dropColumns(["processed", "processed_at"]);
  await expect(pending()).rejects.toThrow(expect.objectContaining({ code: "STORE_UNAVAILABLE" }));
});

test("rows that lost their agent's id to another program are in no list of agents", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  const ids = ["a", "b", "c"];
  await Promise.all(ids.map((agent_id) => agents.record(agentRow({ agent_id }))));
  const states = await openForeign(sample.location, "agent_state");
  await states.dropColumns(["agent_id"]);
  expect(await agents.find("a")).toBeUndefined();
  const again = ids.map((agent_id) => agentRow({ agent_id, iteration: 2 }));
  await Promise.all(again.map((row) => agents.record(row)));
  expect(await states.countRows()).toBe(6);
  expect((await agents.list()).items.map(({ agent_id }) => agent_id)).toEqual(ids);
  const paged = await inPages(3, (request) => agents.list(request));
  expect(paged.map(({ agent_id }) => agent_id)).toEqual(ids);
});

test("a column that another program drops is there again also if rows are sorted or merged by it", async () => {
  await using sample = await openSample();
  const { agents, queue, steps } = sample.store;
  const [states, actions, taken] = await Promise.all(
    (["agent_state", "queue", "agent_steps"] as const).map((name) =>
      openForeign(sample.location, name),
    ),
  );
  await agents.record(agentRow(), stepRow());
  await actions?.dropColumns(["created_at"]);
  expect(await queue.findPending({ now: 5_000, limit: 10 })).toEqual([]);
  await actions?.dropColumns(["created_at", "id"]);
  expect((await queue.list({})).items).toEqual([]);
  await taken?.dropColumns(["step_id"]);
  expect((await steps.list("agent1")).items).toHaveLength(1);
  await states?.dropColumns(["agent_id"]);
  expect((await agents.list()).items).toEqual([]);
  await states?.dropColumns(["agent_id"]);
  await agents.record(agentRow({ iteration: 2 }));
  expect((await agents.list()).items).toMatchObject([{ agent_id: "agent1", iteration: 2 }]);
});
