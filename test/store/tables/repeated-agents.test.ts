/** Several rows of one agent, as another program or a lost process may leave them. */

import { expect, test } from "vitest";
import type { AgentRow } from "../../../src/model/agent.ts";
import { openStore } from "../../../src/store/store.ts";
import { inPages } from "../../support/in-pages.ts";
import { agentRow } from "../../support/sample-rows.ts";
import { openForeign, openSample } from "../sample-store.ts";

test("an agent whose row another program has copied is brought back once, and stored in one row", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  await Promise.all(["a", "b"].map((agent_id) => agents.record(agentRow({ agent_id }))));
  const states = await openForeign(sample.location, "agent_state");
  await states.add(await states.query().toArrow());
  await agents.record(agentRow({ agent_id: "a", iteration: 7, updated_at: Date.now() }));
  expect(await states.countRows("agent_id = 'a'")).toBe(1);
  expect(await states.countRows("agent_id = 'b'")).toBe(2);
  await using next = await openStore({ location: sample.location });
  const alive = await next.agents.loadAlive();
  expect(alive.map(({ agent_id, iteration }) => [agent_id, iteration]).sort()).toEqual([
    ["a", 7],
    ["b", 0],
  ]);
  await next.agents.record(agentRow({ agent_id: "b", epoch: 2 }));
  expect(await states.countRows()).toBe(2);
});

test("of several rows of an agent the newest is brought back", async () => {
  await using sample = await openSample();
  await sample.store.agents.record(agentRow({ epoch: 1, iteration: 3, updated_at: 10 }));
  const states = await openForeign(sample.location, "agent_state");
  const older = await states.query().toArrow();
  await sample.store.agents.record(agentRow({ epoch: 2, iteration: 9, updated_at: 5 }));
  await states.add(older);
  await using next = await openStore({ location: sample.location });
  expect(await next.agents.loadAlive()).toMatchObject([{ epoch: 2, iteration: 9 }]);
});

test("a copy of a later epoch is left as it is, and the table is lost to this process", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  await agents.record(agentRow({ epoch: 1 }));
  const states = await openForeign(sample.location, "agent_state");
  const copies = await states.query().toArrow();
  await using later = await openStore({ location: sample.location });
  await later.agents.record(agentRow({ epoch: 5, result: "later" }));
  await states.add(copies);
  await states.add(copies);
  await expect(agents.record(agentRow({ epoch: 1 }))).rejects.toMatchObject({
    code: "DATABASE_LOST",
  });
  expect(await later.agents.find("agent1")).toMatchObject({ epoch: 5, result: "later" });
});

test("an old copy of an agent that has ended does not bring it back, and is removed", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  await agents.record(agentRow({ status: "running", updated_at: 10 }));
  await agents.record(agentRow({ agent_id: "other" }));
  const states = await openForeign(sample.location, "agent_state");
  const living = await states.query().where("agent_id = 'agent1'").toArrow();
  await agents.record(agentRow({ status: "stopped", updated_at: 20 }));
  await states.add(living);
  await using next = await openStore({ location: sample.location });
  const alive = await next.agents.loadAlive();
  expect(alive.map(({ agent_id }) => agent_id)).toEqual(["other"]);
  expect(await states.countRows("agent_id = 'agent1'")).toBe(1);
  expect(await next.agents.find("agent1")).toMatchObject({ status: "stopped" });
});

test("a list has each agent once, with its newest row, whatever its pages are", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  const ended = { status: "stopped", ended_at: 9 } as const;
  const ids = ["a", "b", "c"];
  const record = (row: Partial<AgentRow>) =>
    Promise.all(ids.map((agent_id) => agents.record(agentRow({ ...ended, agent_id, ...row }))));
  await record({ iteration: 1, updated_at: 10 });
  const states = await openForeign(sample.location, "agent_state");
  const older = await states.query().toArrow();
  await record({ iteration: 2, updated_at: 20 });
  for (let n = 0; n < 3; n += 1) await states.add(older);
  expect(await states.countRows()).toBe(12);
  for (const limit of [1, 2, 3, 100]) {
    const listed = await inPages(limit, (request) => agents.list(request));
    expect(listed.map(({ agent_id }) => agent_id)).toEqual(ids);
    expect(listed.every(({ iteration }) => iteration === 2)).toBe(true);
  }
  const whole = await inPages(2, (request) => agents.listWhole(request));
  expect(whole.map(({ agent_id, iteration }) => `${agent_id}${iteration}`)).toEqual([
    "a2",
    "b2",
    "c2",
  ]);
});

test("a filter that only an older row of an agent fits does not find it, on any page", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  const ids = Array.from({ length: 40 }, (_, n) => `a${String(n).padStart(2, "0")}`);
  const alive = { status: "running", agent_type: "old", updated_at: 10 } as const;
  const record = (all: readonly string[], row: Partial<AgentRow>) =>
    Promise.all(all.map((agent_id) => agents.record(agentRow({ agent_id, ...row }))));
  await record(ids, { ...alive, current_subject: "cats" });
  const states = await openForeign(sample.location, "agent_state");
  const older = await states.query().toArrow();
  const ended = { status: "stopped", agent_type: "new", ended_at: 9, updated_at: 20 } as const;
  await record(ids, { ...ended, current_subject: "dogs" });
  await states.add(older);
  await record(["z"], { ...alive, current_subject: "cats" });
  const idsIn = async (limit: number, filter: object) =>
    (await inPages(limit, (request) => agents.list({ ...request, ...filter }))).map(
      ({ agent_id }) => agent_id,
    );
  for (const limit of [1, 20, 100]) {
    for (const filter of [{ status: "running" }, { type: "old" }, { q: "cats" }]) {
      expect(await idsIn(limit, filter)).toEqual(["z"]);
    }
    expect(await idsIn(limit, { status: "stopped" })).toEqual(ids);
  }
});
