/** The one write path of agents, and what it promises of steps and states. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { History } from "../../../src/model/history.ts";
import { newStepId } from "../../../src/model/ids.ts";
import { openStore } from "../../../src/store/store.ts";
import { inPages } from "../../support/in-pages.ts";
import { agentRow, stepRow } from "../../support/sample-rows.ts";
import { countVersions, openForeign, openSample } from "../sample-store.ts";

test("a recorded row is durable and whole once record resolves", async () => {
  await using sample = await openSample();
  const row = agentRow({
    agent_id: "a@b:1",
    status: "error",
    paused: true,
    iteration: 2 ** 40,
    result: "it's \u{1f600}\n",
    current_subject: "cats",
    pending_guidance: [{ action_id: "1", guidance: { subject: "dogs" }, at: 5 }],
    context: '{"deep":[1,null,"x"]}',
    history: new History([{ iteration: 1, subject: null, result: "r", at: 6 }]),
    last_error: { code: "X", message: "m", stack: "s", at: 7 },
    ended_at: 9,
    config: { interval_ms: 10 },
    applied_actions: ["1", "2"],
    exit_reason: { reason: "destroyed", rung: "cooperative", took_ms: 3, note: "n" },
  });
  await sample.store.agents.record(row);
  await using other = await openStore({ location: sample.location });
  expect(await other.agents.find("a@b:1")).toEqual(row);
  expect(await other.agents.find("nobody")).toBeUndefined();
});

test("rows of one agent coalesce into the last, steps are all kept, in two commits", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  await agents.record(agentRow());
  const before = {
    agent_state: await countVersions(sample.location, "agent_state"),
    agent_steps: await countVersions(sample.location, "agent_steps"),
  };
  await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      agents.record(agentRow({ iteration: number }), stepRow({ iteration: number })),
    ),
  );
  expect(await agents.find("agent1")).toMatchObject({ iteration: 19 });
  const { items } = await steps.list("agent1");
  expect(items.map(({ iteration }) => iteration)).toEqual(
    Array.from({ length: 20 }, (_, number) => 19 - number),
  );
  for (const table of ["agent_state", "agent_steps"] as const) {
    expect((await countVersions(sample.location, table)) - before[table]).toBe(1);
  }
  expect(await (await openForeign(sample.location, "agent_state")).countRows()).toBe(1);
});

test("no state is ever visible before the step that led to it", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  const state = { isDone: false };
  const writing = (async () => {
    for (let iteration = 1; iteration <= 40; iteration++) {
      await agents.record(agentRow({ iteration }), stepRow({ iteration }));
    }
    state.isDone = true;
  })();
  while (!state.isDone) {
    const row = await agents.find("agent1");
    const { items } = await steps.list("agent1", { limit: 1 });
    expect(items[0]?.iteration ?? 0).toBeGreaterThanOrEqual(row?.iteration ?? 0);
  }
  await writing;
});

test("a row that has no JSON text fails alone", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  const good = agents.record(agentRow({ agent_id: "good" }));
  await expect(agents.record(agentRow({ agent_id: "bad", config: { n: 1n } }))).rejects.toThrow(
    expect.objectContaining({ code: "RECORD_INVALID" }),
  );
  await good;
  expect((await agents.list()).items.map(({ agent_id }) => agent_id)).toEqual(["good"]);
});

test("a failure of the states alone leaves the steps stored", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  await agents.record(agentRow());
  await rm(join(sample.location, "agent_state.lance"), { recursive: true });
  agents.stopRetryingAfter(0);
  await expect(agents.record(agentRow({ iteration: 1 }), stepRow())).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
  });
  expect((await steps.list("agent1")).items).toHaveLength(1);
});

test("rows of a later epoch are left as they are, and the table is lost to this process", async () => {
  await using sample = await openSample();
  await using later = await openStore({ location: sample.location });
  await sample.store.agents.record(agentRow({ epoch: 1 }));
  await later.agents.record(agentRow({ epoch: 2, result: "later" }));
  await expect(
    sample.store.agents.record(agentRow({ epoch: 1, result: "earlier" })),
  ).rejects.toMatchObject({ code: "DATABASE_LOST" });
  expect(await later.agents.find("agent1")).toMatchObject({ epoch: 2, result: "later" });
  expect(await sample.store.lost).toMatchObject({ code: "DATABASE_LOST" });
  await expect(
    sample.store.agents.record(agentRow({ agent_id: "new" }), stepRow({ agent_id: "new" })),
  ).rejects.toMatchObject({ code: "DATABASE_LOST" });
  expect((await later.steps.list("new")).items).toEqual([]);
});

test("ready waits while too much is gathered, and all of it is stored", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  const records = Array.from({ length: 2_000 }, (_, number) =>
    agents.record(agentRow({ agent_id: `a${number}`, iteration: number })),
  );
  expect(agents.pressure).toBeGreaterThanOrEqual(1);
  await agents.ready();
  expect(agents.pressure).toBeLessThan(1);
  await Promise.all(records);
  expect(await agents.find("a1999")).toMatchObject({ iteration: 1_999 });
});

test("list pages by id and filters by status, type and part of id or subject", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  await Promise.all([
    agents.record(agentRow({ agent_id: "b", current_subject: "100% Cats" })),
    agents.record(agentRow({ agent_id: "a", status: "stopped" })),
    agents.record(agentRow({ agent_id: "c", agent_type: "other", epoch: 7 })),
    agents.record(agentRow({ agent_id: "d_e", status: "paused" })),
    agents.record(agentRow({ agent_id: "dxe", status: "error" })),
  ]);
  const idsOf = async (filter: object) => (await agents.list(filter)).items.map((r) => r.agent_id);
  const first = await agents.list({ limit: 3 });
  expect(first.items.map((row) => row.agent_id)).toEqual(["a", "b", "c"]);
  expect(await idsOf({ limit: 3, cursor: first.next_cursor })).toEqual(["d_e", "dxe"]);
  expect(await idsOf({ status: "paused" })).toEqual(["d_e"]);
  expect(await idsOf({ type: "other" })).toEqual(["c"]);
  expect(await idsOf({ q: "D_E" })).toEqual(["d_e"]);
  expect(await idsOf({ q: "0% cat" })).toEqual(["b"]);
  expect(await idsOf({ q: "%" })).toEqual(["b"]);
  const alive = (await agents.loadAlive()).map((row) => row.agent_id);
  expect(alive.sort()).toEqual(["b", "c", "d_e"]);
});

test("an empty table has no agent alive", async () => {
  await using sample = await openSample();
  expect(await sample.store.agents.loadAlive()).toEqual([]);
  expect(await sample.store.agents.list()).toEqual({ items: [], next_cursor: null });
});

test("a start whose clock is behind that of the process before makes steps that sort after its steps", async () => {
  await using sample = await openSample();
  await sample.store.agents.record(agentRow());
  const digits = (Date.now() + 3_600_000).toString(16).padStart(12, "0");
  const steps_since = `${digits.slice(0, 8)}-${digits.slice(8)}-7fff-bfff-ffffffffffff`;
  const states = await openForeign(sample.location, "agent_state");
  await states.update({ where: "true", values: { steps_since } });
  await using next = await openStore({ location: sample.location });
  expect(newStepId() < steps_since).toBe(true);
  expect(await next.agents.loadAlive()).toHaveLength(1);
  expect(newStepId() > steps_since).toBe(true);
});

test("steps of a start whose clock is behind sort after those of agents that have ended, too", async () => {
  await using sample = await openSample();
  const digits = (Date.now() + 7_200_000).toString(16).padStart(12, "0");
  const step_id = `${digits.slice(0, 8)}-${digits.slice(8)}-7fff-bfff-ffffffffffff`;
  await sample.store.agents.record(agentRow({ status: "stopped" }), stepRow({ step_id }));
  await using next = await openStore({ location: sample.location });
  expect(newStepId() < step_id).toBe(true);
  expect(await next.agents.loadAlive()).toEqual([]);
  expect(newStepId() > step_id).toBe(true);
});

test("a row whose status is none is not brought back, and the others are", async () => {
  await using sample = await openSample();
  const names = ["fine", "foreign"];
  await Promise.all(names.map((agent_id) => sample.store.agents.record(agentRow({ agent_id }))));
  const states = await openForeign(sample.location, "agent_state");
  await states.update({ where: "agent_id = 'foreign'", values: { status: "asleep" } });
  await using next = await openStore({ location: sample.location });
  const alive = await next.agents.loadAlive();
  expect(alive.map(({ agent_id }) => agent_id)).toEqual(["fine"]);
  expect(await next.agents.find("foreign")).toMatchObject({ status: "error" });
  const listed = await next.agents.list({ status: "error" });
  expect(listed.items.map(({ agent_id }) => agent_id)).toEqual(["foreign"]);
  expect(await next.agents.countEnded()).toMatchObject({ error: 1 });
});

test("a row that names no agent is not brought back, because no action could name it", async () => {
  await using sample = await openSample();
  await sample.store.agents.record(agentRow({ agent_id: "fine" }));
  await sample.store.agents.record(agentRow({ agent_id: "../fine" }));
  await using next = await openStore({ location: sample.location });
  expect((await next.agents.loadAlive()).map(({ agent_id }) => agent_id)).toEqual(["fine"]);
});

test("an agent whose epoch is damaged continues after its last step, and is stored again", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  for (const iteration of [1, 2, 3]) {
    await agents.record(agentRow({ epoch: 1, iteration }), stepRow({ epoch: 1, iteration }));
  }
  await agents.record(agentRow({ epoch: 2, iteration: 3 }));
  const states = await openForeign(sample.location, "agent_state");
  for (const epoch of [2 ** 31 - 1, -(2 ** 31) + 1]) {
    await states.update({ where: "true", values: { epoch } });
    await using next = await openStore({ location: sample.location });
    expect(await next.agents.loadAlive()).toMatchObject([{ epoch: 0, iteration: 3 }]);
    await next.agents.record(agentRow({ epoch: 3, iteration: 3 }));
    expect(await next.agents.find("agent1")).toMatchObject({ epoch: 3, iteration: 3 });
    expect(await states.countRows("epoch = 3")).toBe(1);
  }
});

test("list leaves out large columns, and pages end by bytes as well", async () => {
  await using sample = await openSample();
  const { agents } = sample.store;
  const large = "x".repeat(300_000);
  const rows = Array.from({ length: 30 }, (_, n) =>
    agentRow({
      agent_id: `agent${String(n).padStart(2, "0")}`,
      context: JSON.stringify({ large }),
      result: n === 0 ? "🦉".repeat(2_000) : "short",
    }),
  );
  await Promise.all(rows.map((row) => agents.record(row)));
  const summaries = await agents.list();
  expect(summaries.items).toHaveLength(30);
  expect(Object.keys(summaries.items[0] ?? {})).not.toContain("context");
  expect(summaries.items[0]?.result).toBe(`${"🦉".repeat(1_024)}…`);
  expect(summaries.items[1]?.result).toBe("short");

  const found = await inPages(1_000, async (request) => {
    const page = await agents.listWhole(request);
    expect(JSON.stringify(page.items).length).toBeLessThan(4.1 * 2 ** 20);
    return page;
  });
  expect(found).toEqual(rows);
});
